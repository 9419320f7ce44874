"""The rollback plan, carried out on copies of this tree."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from forgesyte.tests.integration.rollback.tree import (
    DATABASE,
    JOB_ID,
    PLAN,
    ROOT,
    SCRIPT,
    TINY_MP4,
    Tree,
    commands,
    paths,
)

STEPS = ROOT / "docs" / "Phase_16" / "rollback"
ASK_STATUS = f"""
import django
django.setup()
from django.test import Client
print(Client(SERVER_NAME="localhost").get("/v1/video/status/{JOB_ID}").status_code)
"""
# What a file outside of the pipeline and the scanner has to be named here for, if it stays.
STAYS = re.compile(
    r"(pipeline|governance|docs/Phase_16/rollback)/|\.ci/run|\.gitignore|\.pre-commit-config\.yaml"
    r"|LICENSE|Makefile|README\.md|data/\.gitkeep|manage\.py|pyproject\.toml|pytest\.ini"
    r"|requirements/(setup\.sh|(base|dev)(\.lock)?\.txt)|docs/RELEASE_NOTES\.md"
    r"|docs/Phase_16/(rollback\.sh|PHASE_16_ROLLBACK_PLAN\.md)"
    r"|forgesyte/(management/(commands/)?)?__init__\.py|forgesyte/(apps|env|settings)\.py"
    r"|forgesyte/management/commands/validate_governance\.py"
    r"|forgesyte/tests/(integration/)?(__init__|test_env|test_setup)\.py"
)


@pytest.fixture(scope="module")
def rolled_back(fresh: Tree, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """No test changes it."""
    tree = fresh.copy(tmp_path_factory.mktemp("rollback") / "rolled_back")
    done = tree.rollback("--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    (tree.data / "said.txt").write_text(done.stdout)
    return tree


@pytest.fixture(scope="module")
def after(rolled_back: Tree) -> dict[str, bytes]:
    return rolled_back.files()


# The plan


def test_rollback_plan_exists() -> None:
    text = PLAN.read_text(encoding="utf-8")
    for name in re.findall(r"\]\(([^)]+)\)", text):
        assert (PLAN.parent / name).is_file(), name
    revisions = [path.stem for path in (ROOT / "jobs/alembic/versions").glob("*.py")]
    assert [revision[:4] for revision in revisions] == paths("Reverted revisions")


def test_rollback_plan_is_executable(rolled_back: Tree) -> None:
    assert commands("Run it") == [f"sh {SCRIPT}"]
    said = (rolled_back.data / "said.txt").read_text()
    assert re.findall(r"^(\d)\. ", said, re.MULTILINE) == ["1", "2", "3", "5"]
    for line in commands("How to restore Phase 16"):
        assert line in said


def test_every_file_that_goes_or_changes_is_shown(
    rolled_back: Tree, before: dict[str, bytes], after: dict[str, bytes]
) -> None:
    said = (rolled_back.data / "said.txt").read_text()
    for name in before.keys() - after.keys():
        assert said.count(f"    {name}\n") == 1
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == set(paths("Changed files"))
    for name in changed:
        assert said.count(f"    {name}\n") == 2


# The tree that is left


def test_the_table_goes_and_the_video_stays(fresh: Tree, rolled_back: Tree) -> None:
    assert "jobs" in fresh.tables()
    assert rolled_back.tables() == {"alembic_version"}
    assert contents(rolled_back.data / "video_jobs") == contents(fresh.data / "video_jobs") != []


def test_whatever_is_new_is_decided_on(after: dict[str, bytes]) -> None:
    undecided = [name for name in after if not STAYS.match(name)]
    assert not undecided, "does it go (removed.txt) or stay?"


def test_no_code_that_is_left_uses_what_is_gone(
    before: dict[str, bytes], after: dict[str, bytes]
) -> None:
    gone = {name.removesuffix(".py").replace("/", ".") for name in before.keys() - after.keys()}
    gone |= {"alembic", "drf_spectacular", "duckdb", "duckdb_engine", "rest_framework"}
    gone |= {"gunicorn", "httpx", "jobs", "jsonschema", "sqlalchemy", "werkzeug", "whitenoise"}
    for name, source in after.items():
        if name.endswith(".py"):
            used = re.findall(r"^\s*(?:from|import) ([\w.]+)", source.decode(), re.MULTILINE)
            found = {each for each in used if each in gone or each.split(".")[0] in gone}
            assert not found, f"{name} goes too (list it in removed.txt): {found}"
    packages = after["requirements/base.txt"].decode()
    assert not re.search(r"(?im)^(duckdb|sqlalchemy|alembic|gunicorn|djangorest)", packages)
    assert re.search(r"(?m)^ultralytics==", packages)


def test_the_pipeline_gives_the_same_results(
    fresh: Tree, rolled_back: Tree, tmp_path: Path
) -> None:
    (command,) = [line for line in commands("How to verify") if "run_pipeline" in line]
    assert TINY_MP4 in command
    results = []
    for tree in (fresh, rolled_back):
        output = tmp_path / "results.json"
        done = tree.run(*command.split(), "--output", str(output))
        assert done.returncode == 0, done.stderr
        results.append(output.read_bytes())
    assert results[0] == results[1]
    assert json.loads(results[0])[0]["result"]["text"] == "FORGE 42"


def test_the_remaining_tests_pass(rolled_back: Tree) -> None:
    """Every file of tests is imported; those that need no model are run."""
    (command,) = [line for line in commands("How to verify") if "pytest" in line]
    names = ("command_line", "definitions", "env", "exceptions", "light_imports", "results")
    modules = " or ".join(f"test_{name}.py" for name in names)
    done = rolled_back.run(*command.split(), "-p", "no:cacheprovider", "-k", modules)
    assert done.returncode == 0, done.stdout
    for name in names:
        assert re.search(rf"^\w+/tests/\w+/test_{name}\.py \.+", done.stdout, re.MULTILINE), name


def test_the_checks_of_the_plan_pass(
    rolled_back: Tree, before: dict[str, bytes], after: dict[str, bytes]
) -> None:
    for command in commands("How to verify")[:3]:
        done = rolled_back.run(*command.split())
        assert done.returncode == 0, done.stdout + done.stderr
    written = [name for name in after if name.endswith(".py") and after[name] != before[name]]
    for tool in (("black", "--check", "--quiet"), ("ruff", "check", "--quiet", "--no-cache")):
        done = rolled_back.python("-m", *tool, *written)
        assert done.returncode == 0, done.stdout + done.stderr
    for target in ("demo", "test", "check", "clean"):
        assert rolled_back.run("make", "--dry-run", target).returncode == 0


def test_the_readme_that_is_written_names_the_commands_that_are_left(
    after: dict[str, bytes],
) -> None:
    readme = after["README.md"].decode()
    named = re.findall(r"^\| `(\w+)[^`]*` \| ", readme, re.MULTILINE)
    ours = {Path(name).stem for name in after if "/management/commands/" in name}
    assert {name for name in named if name.islower()} == ours - {"__init__"} | {"check"}
    for link in re.findall(r"\]\(([^)]+)\)", readme):
        assert link in after


def test_the_texts_that_are_written_follow_the_tree() -> None:
    """The pipeline's settings must not change here alone."""
    settings_now = (ROOT / "forgesyte" / "settings.py").read_text()
    (block,) = re.findall(r"^PIPELINE = .*?^\)$", settings_now, re.MULTILINE | re.DOTALL)
    assert block in (STEPS / "forgesyte" / "settings.py.template").read_text()


# Again, and back


def test_a_second_run_has_nothing_to_do(rolled_back: Tree, after: dict[str, bytes]) -> None:
    done = rolled_back.rollback()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "There is nothing left to roll back.\n"
    assert rolled_back.files() == after


def test_stopped_in_the_middle_it_finishes_when_it_is_run_again(
    tree: Tree, before: dict[str, bytes], after: dict[str, bytes]
) -> None:
    removed = sorted(before.keys() - after.keys())
    removed.remove("jobs/database.py")
    assert tree.python("-m", "alembic", "downgrade", "base").returncode == 0
    assert "1. Reverting" in tree.rollback("--yes").stdout  # step 1 may be done again
    assert tree.run("git", "restore", ".").returncode == 0
    for name in ["jobs/database.py", *removed[:50]]:  # in step 2
        (tree.folder / name).unlink()
    (tree.folder / "Makefile").write_bytes(after["Makefile"])  # in step 3
    (tree.folder / "README.md.rollback").write_text("# Forge")
    done = tree.rollback("--yes")
    assert done.returncode == 0, done.stderr
    assert tree.files() == after


def test_the_phase_comes_back(rolled_back: Tree, before: dict[str, bytes], tmp_path: Path) -> None:
    tree = rolled_back.copy(tmp_path / "tree")
    restore, setup, migrate = commands("How to restore Phase 16")
    assert tree.run(*restore.split()).returncode == 0
    assert tree.files() == before
    # Not run here: it would install packages. The files that it installs from are as before.
    assert setup == "make setup"
    migrated = tree.run(*migrate.split())
    assert migrated.returncode == 0, migrated.stderr
    assert tree.python("-c", ASK_STATUS).stdout == "404\n"


def test_neither_git_nor_a_database_is_needed(tree: Tree, after: dict[str, bytes]) -> None:
    shutil.rmtree(tree.folder / ".git")
    (tree.data / DATABASE).unlink()
    done = tree.rollback("--yes")
    assert done.returncode == 0, done.stderr
    assert "no git clone" in done.stdout
    assert "There is no job database" in done.stdout
    assert not (tree.data / DATABASE).exists()
    assert tree.files() == after


# Data

FOREIGN = [
    "notes.txt",
    "tmp/thesis.txt",
    "tmp/upload-x.mp4",
    "run/mine.sh",
    "run/store.lock.d/store.lock",
    "video_jobs/holiday.mp4",
    f"video_jobs/2026/{JOB_ID}.mp4",
    f"video_jobs/{JOB_ID}.mp4.bak",
    "tmp/results-2.part/thesis.txt",
    f"video_jobs/{JOB_ID[:-1]}2_run.json/thesis.txt",
]


def contents(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_only_our_data_are_deleted(tree: Tree, tmp_path: Path) -> None:
    for name in FOREIGN:
        (tree.data / name).parent.mkdir(parents=True, exist_ok=True)
        (tree.data / name).write_text("not ours")
    outside = tmp_path / "outside.txt"
    outside.write_text("not ours")
    (tree.data / "tmp" / "upload-1.part").symlink_to(outside)
    (tree.data / "tmp" / "results-1.part").touch()

    done = tree.rollback("--yes", "--delete-data")
    assert done.returncode == 0, done.stderr
    for name in ("tmp/results-1.part", f"video_jobs/{JOB_ID}.mp4", DATABASE):
        assert done.stdout.count(f"    {name}\n") == 2, name
    assert contents(tree.data) == sorted([*FOREIGN, "tmp/upload-1.part"])
    assert outside.read_text() == "not ours"
    assert tree.rollback("--delete-data").stdout == "There is nothing left to roll back.\n"


def test_nothing_is_deleted_behind_a_link(tree: Tree, tmp_path: Path) -> None:
    elsewhere, before = tmp_path / "other_disk", contents(tree.data / "video_jobs")
    (tree.data / "video_jobs").rename(elsewhere)
    (tree.data / "video_jobs").symlink_to(elsewhere)
    done = tree.rollback("--yes", "--delete-data")
    assert done.returncode == 0, done.stderr
    assert "video_jobs is a symbolic link: what is behind it stays." in done.stdout
    assert contents(elsewhere) == before
