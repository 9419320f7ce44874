#!/bin/sh
# Create .venv and install the project's requirements. Run from the repository root:
#     sh requirements/setup.sh         to run the project (`make demo`, `make run`)
#     sh requirements/setup.sh dev     also for tests and checks (`make test`)
# The first run takes some minutes, later ones less than a second.
set -eu

PYTHON=${PYTHON:-python3}
VENV=.venv
LEVEL=${1:-base}
# A complete `dev` set-up includes `base`.
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
    # Records system calls and makes them fail in fault-injection tests.
    command -v strace >/dev/null 2>&1 || missing="$missing strace"
    has_browser || missing="$missing $(browser_package)"
    # A proxy in front of the API, and its certificate.
    command -v nginx >/dev/null 2>&1 || missing="$missing nginx-light"
    command -v openssl >/dev/null 2>&1 || missing="$missing openssl"
    # Generates the load of `manage.py benchmark api`.
    command -v wrk >/dev/null 2>&1 || missing="$missing wrk"
    # Runs the examples of the documentation.
    command -v curl >/dev/null 2>&1 || missing="$missing curl"
}

# Page tests use the system's browser.
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

# Content of a stamp, which changes with the Python version and the requirements.
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
