#!/bin/sh
# Roll Phase 16 back: remove the job system and leave the pipeline as it was before.
# PHASE_16_ROLLBACK_PLAN.md says what each step does. Run from the top of the tree:
#     sh docs/Phase_16/rollback.sh [--yes] [--delete-data]
# Stopped in the middle, it finishes when it is run again.
set -eu

PYTHON=${PYTHON:-.venv/bin/python}
STEPS=docs/Phase_16/rollback
DATABASE=foregsyte.duckdb
# Of the data folder, as extended regular expressions. Nothing else in these folders is ours. The
# models in cache/ belong to the pipeline and stay.
ID='[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'
DATA="video_jobs/$ID(\\.mp4|_(results|run|upload)\\.json|_times\\.bin|_digest\\.zip)(\\.part)?
tmp/((upload|results)-[0-9a-z_]+\\.part|submit-$ID)
run/((serve|worker|store)\\.lock|store\\.(sock|key|key\\.new))
foregsyte\\.duckdb(\\.new)?(\\.wal)?
cache/pages/$ID/([0-9a-z-]+\\.(jpg|json)|\\.[0-9a-f]{32}\\.part)"

say() { printf '%s\n' "$*"; }
stop() {
    say "$*" >&2
    exit 1
}

check_tree() {
    for file in manage.py forgesyte/env.py pipeline/service.py "$STEPS/removed.txt"; do
        [ -f "$file" ] || stop "This is not the top of a ForgeSyte tree: there is no $file here. Nothing was changed."
    done
    "$PYTHON" -c 'import django' 2>/dev/null ||
        stop "There is no Python with the packages of this project at $PYTHON. Run 'make setup', or name one: PYTHON=... sh docs/Phase_16/rollback.sh"
    data=$("$PYTHON" -c 'import pathlib; from forgesyte import env; print(env.read(pathlib.Path.cwd()).data_dir)') ||
        stop "The settings cannot be read. Nothing was changed."
    case $data in /?*) ;; *) stop "The data folder cannot be told. Nothing was changed." ;; esac
}

# Takes the locks of `serve` and `run_worker` until this script ends, so that neither starts.
refuse_while_running() {
    for name in store.lock serve.lock worker.lock; do
        file=$data/run/$name
        [ -e "$file" ] || continue
        case $name in
        store.lock) exec 9>>"$file" && descriptor=9 ;;
        serve.lock) exec 8>>"$file" && descriptor=8 ;;
        worker.lock) exec 7>>"$file" && descriptor=7 ;;
        esac
        "$PYTHON" -c "import fcntl; fcntl.flock($descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)" 2>/dev/null ||
            stop "Process $(cat "$file") uses the data folder $data ($name). Stop 'serve' and 'run_worker' first. Nothing was changed."
    done
    exec 9>&- # step 1 takes this one itself
}

# The paths of the manifest that are there; names with blanks are none of this project.
removed_paths() {
    while read -r pattern; do
        case $pattern in "" | "#"* | "!"*) continue ;; esac
        for path in $pattern; do
            case $path in *[[:space:]]* | */__pycache__) continue ;; esac
            [ -e "$path" ] || [ -L "$path" ] || continue
            grep -qxF "!$path" "$STEPS/removed.txt" || say "$path"
        done
    done <"$STEPS/removed.txt"
}

# The files that stay but change. $STEPS has a template of each, or a sed script for it.
changed_paths() {
    (cd "$STEPS" && find . -name '*.template' -o -name '*.sed') | sed 's,^\./,,' | sort | while read -r step; do
        new_text "${step%.*}" | cmp -s - "${step%.*}" || say "${step%.*}"
    done
}

new_text() {
    if [ -f "$STEPS/$1.sed" ]; then
        sed -Ezf "$STEPS/$1.sed" "$1"
    else
        cat "$STEPS/$1.template"
    fi
}

# The files of the data folder that are ours, none of them behind a symbolic link.
our_data() {
    [ -d "$data" ] || return 0
    pattern=$(say "$DATA" | tr '\n' '|')
    (cd "$data" && find . -maxdepth 4 \( -type f -o -type s \) \
        -regextype posix-extended -regex "\./(${pattern%|})" "$@" | sed 's,^\./,,' | sort)
}

# The scripts fit the tree of this version; in a changed one they may leave something.
check_edits() {
    for path in pytest.ini pyproject.toml .pre-commit-config.yaml governance/*.yaml; do
        line=$(new_text "$path" | grep -nw -m 1 jobs) || continue
        stop "$path: line ${line%%:*} would still name jobs. Change $STEPS/$path.sed to suit this tree. Nothing was changed."
    done
}

# Refuses while git could not bring back what goes.
# shellcheck disable=SC2086
check_way_back() {
    if ! git ls-files --error-unmatch manage.py >/dev/null 2>&1; then
        say "This tree is no git clone, so nothing brings the files back: make a copy of it first."
        return
    fi
    lost=$(git status --porcelain --untracked-files=all -- $removed $changed | grep -v -e '^.D' -e '^D ' || :)
    [ -z "$lost" ] || stop "These files have changes that no commit holds. Commit or stash them first. Nothing was changed.
$lost"
}

# shellcheck disable=SC2086
show() {
    say "The table jobs goes, with the record of every job, from $data/$DATABASE (if it is there)."
    say "These files go:"
    [ -z "$removed" ] || find $removed ! -type d ! -path '*/__pycache__/*' | sort -u | sed 's/^/    /'
    say "These files are changed:"
    [ -z "$changed" ] || say "$changed" | sed 's/^/    /'
}

show_data() {
    say "The uploaded videos, their results and the job database go, for good, from $data:"
    say "$stored" | sed 's/^/    /'
    for name in video_jobs tmp run cache cache/pages "$DATABASE"; do
        [ ! -L "$data/$name" ] || say "$name is a symbolic link: what is behind it stays."
    done
}

ask() {
    [ -z "$yes" ] || return 0
    [ -t 0 ] || stop "There is no terminal to ask on; --yes goes on without asking. Nothing was changed."
    printf '%s [y/N] ' "$1"
    read -r answer || answer=
    case $answer in y | Y | yes) ;; *) stop "Stopped. Nothing was changed." ;; esac
}

revert_database() {
    [ -f jobs/database.py ] || return 0
    say "1. Reverting the database"
    if [ -f "$data/$DATABASE" ]; then
        "$PYTHON" -m alembic downgrade base
    else
        say "    There is no job database at $data/$DATABASE."
    fi
}

remove_files() {
    say "2. Removing files"
    for path in $removed; do
        rm -rf -- "./$path"
    done
}

# A kill leaves the old file or the new one.
change_files() {
    say "3. Changing files"
    for path in $changed; do
        new_text "$path" >"$path.rollback"
        [ ! -e "$path" ] || chmod --reference="$path" "$path.rollback"
        mv "$path.rollback" "$path"
        say "    $path"
    done
}

remove_data() {
    [ "$stored" ] || return 0
    say "4. Removing data"
    our_data -delete
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

main() {
    yes= delete_data= stored=
    for option in "$@"; do
        case $option in
        --yes) yes=1 ;;
        --delete-data) delete_data=1 ;;
        *) stop "Usage, from the top of the tree: sh docs/Phase_16/rollback.sh [--yes] [--delete-data]" ;;
        esac
    done
    check_tree
    refuse_while_running
    removed=$(removed_paths)
    changed=$(changed_paths)
    [ -z "$delete_data" ] || stored=$(our_data -print)
    if [ -z "$removed$changed$stored" ]; then
        say "There is nothing left to roll back."
        return
    fi
    if [ "$removed$changed" ]; then
        check_edits
        check_way_back
        show
        ask "Roll Phase 16 back?"
    fi
    if [ "$stored" ]; then
        show_data
        ask "Delete these data?"
    fi
    if [ "$removed$changed" ]; then
        revert_database
        remove_files
        change_files
    fi
    remove_data
    verify
    say "Phase 16 is rolled back."
    [ "$delete_data" ] || say "Uploaded videos and results are still in $data."
    say "To come back:"
    say "    git restore .     (once the rollback is committed: git revert that commit)"
    say "    make setup"
    say "    .venv/bin/python manage.py migrate"
}

main "$@"
