#!/bin/sh
# Roll Phase 16 back: remove the job system and leave the pipeline as it was before.
# PHASE_16_ROLLBACK_PLAN.md says what each step does. Run from the top of the tree:
#     sh docs/Phase_16/rollback.sh [--yes] [--delete-data]
# Stopped in the middle, it finishes when it is run again.
set -eu

PYTHON=${PYTHON:-.venv/bin/python}
PLAN=docs/Phase_16/PHASE_16_ROLLBACK_PLAN.md
STEPS=docs/Phase_16/rollback
LOCKS="serve.lock worker.lock store.lock"
# Of the data folder, as extended regular expressions. Nothing else in these folders is ours. The
# models in cache/ belong to the pipeline and stay.
ID='[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
DATA="video_jobs/$ID(\\.mp4|_(results|run|upload)\\.json|_times\\.bin|_digest\\.zip)
tmp/((upload|results)-[0-9a-z_]+\\.part|submit-$ID)
run/((serve|worker|store)\\.lock|store\\.(sock|key|key\\.new))
foregsyte\\.duckdb(\\.new)?(\\.wal)?
cache/pages/$ID/[0-9a-z-]+\\.(jpg|json)"

# The paths that the manifest names and that are there; names with blanks are none of this project.
removed_paths() {
    while read -r pattern; do
        case $pattern in "" | "#"* | "!"*) continue ;; esac
        for path in $pattern; do
            case $path in *[[:space:]]* | */__pycache__) continue ;; esac
            grep -qxF "!$path" "$STEPS/removed.txt" || say "$path"
        done
    done <"$STEPS/removed.txt"
}

say() { printf '%s\n' "$*"; }
stop() {
    say "$*" >&2
    exit 1
}

read_options() {
    yes= delete_data=
    for option in "$@"; do
        case $option in
        --yes) yes=1 ;;
        --delete-data) delete_data=1 ;;
        *) stop "Usage, from the top of the tree: sh docs/Phase_16/rollback.sh [--yes] [--delete-data]" ;;
        esac
    done
}

check_tree() {
    for file in manage.py forgesyte/env.py pipeline/service.py "$PLAN" "$STEPS/edit_files.py" "$STEPS/removed.txt"; do
        [ -f "$file" ] || stop "This is not the top of a ForgeSyte tree: there is no $file here. Nothing was changed."
    done
    "$PYTHON" -c 'import django' 2>/dev/null ||
        stop "There is no Python with the packages of this project at $PYTHON. Run 'make setup', or name one: PYTHON=... sh docs/Phase_16/rollback.sh"
    data=$("$PYTHON" -c 'import pathlib; from forgesyte import env; print(env.read(pathlib.Path.cwd()).data_dir)') ||
        stop "The settings cannot be read. Nothing was changed."
    case $data in
    /?*) ;;
    *) stop "The data folder cannot be told. Nothing was changed." ;;
    esac
}

# Locked by descriptor number $1, which stays open, so nothing starts until this script ends.
lock() {
    "$PYTHON" -c "import fcntl; fcntl.flock($1, fcntl.LOCK_EX | fcntl.LOCK_NB)" 2>/dev/null
}

refuse_while_running() {
    for name in $LOCKS; do
        file=$data/run/$name
        [ -e "$file" ] || continue
        case $name in
        serve.lock) exec 7>>"$file" && descriptor=7 ;;
        worker.lock) exec 8>>"$file" && descriptor=8 ;;
        store.lock) exec 9>>"$file" && descriptor=9 ;;
        esac
        lock "$descriptor" ||
            stop "Process $(cat "$file") uses the data folder $data ($name). Stop 'serve' and 'run_worker' first. Nothing was changed."
    done
    exec 9>&- # step 1 takes this one itself
}

# What of the list is there, and what has to be edited.
look() {
    pending=$(removed_paths | while read -r path; do
        if [ -e "$path" ] || [ -L "$path" ]; then say "$path"; fi
    done)
    edits=$(removed_paths | "$PYTHON" "$STEPS/edit_files.py" list) || stop "Nothing was changed."
    stored=
    [ -z "$delete_data" ] || stored=$(ours -print)
}

# Finds the files of the data folder that are ours, none of them behind a symbolic link.
ours() {
    [ -d "$data" ] || return 0
    pattern=$(say "$DATA" | tr '\n' '|')
    (cd "$data" && find . -maxdepth 4 \( -type f -o -type s \) \
        -regextype posix-extended -regex "\./(${pattern%|})" "$@" | sed 's,^\./,,' | sort)
}

# Refuses while git could not bring back what goes. Paths in the list hold no blanks.
# shellcheck disable=SC2086
check_way_back() {
    if ! git ls-files --error-unmatch manage.py >/dev/null 2>&1; then
        say "This tree is no git clone, so nothing brings the files back: make a copy of it first."
        return
    fi
    changed=$(git status --porcelain --untracked-files=all -- $pending $edits | grep -v -e '^.D' -e '^D ' || :)
    [ -z "$changed" ] || stop "These files have changes that no commit holds. Commit or stash them first. Nothing was changed.
$changed"
}

# shellcheck disable=SC2086
show() {
    say "The table jobs goes, with the record of every job, from $data/foregsyte.duckdb (if it is there)."
    say "These files go:"
    [ -z "$pending" ] || find $pending ! -type d ! -path '*/__pycache__/*' | sort -u | sed 's/^/    /'
    say "These files are changed:"
    [ -z "$edits" ] || say "$edits" | sed 's/^/    /'
}

show_data() {
    say "The uploaded videos, their results and the job database go, for good, from $data:"
    say "$stored" | sed 's/^/    /'
    for name in video_jobs tmp run cache cache/pages foregsyte.duckdb; do
        [ ! -L "$data/$name" ] || say "$name is a symbolic link: what is behind it stays."
    done
}

ask() {
    [ -z "$yes" ] || return 0
    [ -t 0 ] || stop "There is no terminal to ask on; --yes goes on without asking. Nothing was changed."
    printf '%s [y/N] ' "$1"
    read -r answer || answer=
    case $answer in
    y | Y | yes) ;;
    *) stop "Stopped. Nothing was changed." ;;
    esac
}

revert_database() {
    [ -f jobs/database.py ] || return 0
    say "1. Reverting the database"
    "$PYTHON" "$STEPS/revert_database.py"
}

remove_files() {
    [ "$pending" ] || return 0
    say "2. Removing files"
    for path in $pending; do
        case $path in
        "" | /* | .. | ../* | */../*) stop "Not a path of this tree: $path" ;;
        esac
        rm -rf -- "./$path"
    done
}

edit_files() {
    [ "$edits" ] || return 0
    say "3. Changing files"
    written=$(removed_paths | "$PYTHON" "$STEPS/edit_files.py" write)
    say "$written" | sed 's/^/    /'
}

remove_data() {
    [ "$stored" ] || return 0
    say "4. Removing data"
    ours -delete
    for folder in video_jobs tmp run cache/pages; do
        # Those that are empty now, but no link.
        [ -L "$data/$folder" ] || [ ! -d "$data/$folder" ] ||
            find "${data:?}/$folder" -depth -type d -empty -delete
    done
    say "$stored" | sed 's/^/    /'
}

verify() {
    say "5. Checking what is left"
    "$PYTHON" manage.py check
    "$PYTHON" manage.py validate_pipelines
    "$PYTHON" governance/validate_phase16_path.py
}

report() {
    say "Phase 16 is rolled back."
    [ "$delete_data" ] || say "Uploaded videos and results are still in $data."
    say "To come back:"
    say "    git restore .     (once the rollback is committed: git revert that commit)"
    say "    make setup"
    say "    .venv/bin/python manage.py migrate"
}

main() {
    read_options "$@"
    check_tree
    refuse_while_running
    look
    if [ -z "$pending$edits$stored" ]; then
        say "There is nothing left to roll back."
        return
    fi
    if [ "$pending$edits" ]; then
        check_way_back
        show
        ask "Roll Phase 16 back?"
    fi
    if [ "$stored" ]; then
        show_data
        ask "Delete these data?"
    fi
    if [ "$pending$edits" ]; then
        revert_database
        remove_files
        edit_files
    fi
    remove_data
    verify
    report
}

main "$@"
