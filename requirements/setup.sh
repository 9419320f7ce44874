#!/bin/sh
# Make .venv and install what the project needs; run from the top of the tree:
#     sh requirements/setup.sh         what running needs (`make demo`, `make run`)
#     sh requirements/setup.sh dev     what tests and checks need, too (`make test`)
# The first time takes some minutes, later ones less than a second.
set -eu

PYTHON=${PYTHON:-python3}
VENV=.venv
LEVEL=${1:-base}
# What `dev` installs holds what `base` needs.
STAMPS="$VENV/.setup-dev-stamp"
[ "$LEVEL" = dev ] || STAMPS="$VENV/.setup-base-stamp $STAMPS"
# ldconfig is not on every user's path.
PATH=$PATH:/usr/sbin:/sbin

say() { printf '%s\n' "$*"; }
stop() {
    say "$*" >&2
    exit 1
}

check_python() {
    command -v "$PYTHON" >/dev/null 2>&1 ||
        stop "Python 3.11 or newer is needed, and there is no $PYTHON here. Install the package python3."
    "$PYTHON" -c 'import sys; raise SystemExit(sys.version_info < (3, 11))' ||
        stop "Python 3.11 or newer is needed; $PYTHON is $("$PYTHON" -c 'import platform; print(platform.python_version())'). Name another one: make setup PYTHON=python3.12"
}

has_library() { ldconfig -p 2>/dev/null | grep -qF "$1"; }

missing_packages() {
    missing=
    "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || missing="$missing $(venv_package)"
    # opencv-python links against these two.
    has_library libGL.so.1 || missing="$missing libgl1"
    has_library libgthread-2.0.so.0 || missing="$missing libglib2.0-0"
    command -v tesseract >/dev/null 2>&1 || missing="$missing tesseract-ocr"
    tesseract --list-langs 2>/dev/null | grep -qx eng || missing="$missing tesseract-ocr-eng"
    [ "$LEVEL" = base ] || missing_for_tests
    say "$missing"
}

missing_for_tests() {
    # Fault-injection tests record and refuse calls of the system with it.
    command -v strace >/dev/null 2>&1 || missing="$missing strace"
    has_browser || missing="$missing $(browser_package)"
    # The proxy in front of the API in tests; it makes its certificate with the other.
    command -v nginx >/dev/null 2>&1 || missing="$missing nginx-light"
    command -v openssl >/dev/null 2>&1 || missing="$missing openssl"
    # The load of `manage.py benchmark api`.
    command -v wrk >/dev/null 2>&1 || missing="$missing wrk"
    # The examples of the documents.
    command -v curl >/dev/null 2>&1 || missing="$missing curl"
}

# The tests of the pages drive the system's own browser, by one of these names.
has_browser() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        ! command -v "$name" >/dev/null 2>&1 || return 0
    done
    return 1
}

browser_package() {
    # shellcheck source=/dev/null
    if (. /etc/os-release && [ "$ID" = ubuntu ]) 2>/dev/null; then
        say chromium-browser
    else
        say chromium
    fi
}

venv_package() {
    "$PYTHON" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
}

install_packages() {
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        stop "These system packages are missing and this user may not install them. Install them, then run this again:
    sudo apt-get update && sudo apt-get install -y$1"
    fi
    command -v apt-get >/dev/null 2>&1 ||
        stop "These system packages are missing (names as in Debian), and there is no apt-get here to install them:$1"
    say "Installing the system packages$1"
    log=$(mktemp)
    # shellcheck disable=SC2086
    if ! {
        $as_root apt-get update &&
            $as_root env DEBIAN_FRONTEND=noninteractive \
                apt-get install -y --no-install-recommends $1
    } >"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        stop "apt-get failed. Install these packages yourself, then run this again:$1"
    fi
    rm -f "$log"
}

python_version() { "$1" -c 'import sys; print(sys.version)' 2>/dev/null; }

# What a stamp holds: another Python or other requirements make it stale.
wanted() {
    python_version "$PYTHON"
    cat requirements/*.txt
}

is_complete() {
    python_version "$VENV/bin/python" >/dev/null || return 1
    for stamp in $STAMPS; do
        if [ -f "$stamp" ] && wanted | cmp -s - "$stamp"; then return 0; fi
    done
    return 1
}

install_requirements() {
    if [ "$(python_version "$VENV/bin/python")" != "$(python_version "$PYTHON")" ] ||
        ! "$VENV/bin/python" -m pip --version >/dev/null 2>&1; then
        "$PYTHON" -m venv --clear "$VENV"
    fi
    say "Installing the Python packages into $VENV (about 6 GB; some minutes the first time)"
    "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
        --requirement "requirements/$LEVEL.txt" --constraint "requirements/$LEVEL.lock.txt"
    wanted >"$VENV/.setup-$LEVEL-stamp"
}

case $LEVEL in
base | dev) ;;
*) stop "Usage: sh requirements/setup.sh [base|dev]" ;;
esac

check_python
packages=$(missing_packages)
[ -z "$packages" ] || install_packages "$packages"
is_complete || install_requirements
say "Set-up is complete."
