"""The rollback plan, carried out on copies of this tree."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path

import pytest

from forgesyte.tests.rollback_tree import (
    DATABASE,
    JOB_IDS,
    PLAN,
    ROOT,
    SCRIPT,
    RolledBack,
    Tree,
    commands,
    contents,
    copy_of_the_tree,
    goes,
    imported,
    killing,
    make_results,
    module_of,
    paths,
    tables,
)

STEPS = ROOT / "docs" / "Phase_16" / "rollback"
ASK_STATUS = """
import uuid
import django
django.setup()
from django.test import Client
from jobs.composition import job_store
job_store().submit(uuid.UUID(int=3), "yolo_ocr", "video_jobs/x.mp4")
answer = Client(SERVER_NAME="localhost").get(f"/v1/video/status/{uuid.UUID(int=3)}")
print(answer.status_code, answer.json()["status"])
"""


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Tree:
    """No test changes it."""
    tree = copy_of_the_tree(tmp_path_factory.mktemp("rollback") / "fresh")
    make_results(tree, model_cache)
    return tree


@pytest.fixture(scope="module")
def rolled_back(fresh: Tree, tmp_path_factory: pytest.TempPathFactory) -> RolledBack:
    return RolledBack(fresh, tmp_path_factory.mktemp("rollback") / "rolled_back")


@pytest.fixture
def tree(fresh: Tree, tmp_path: Path) -> Tree:
    """A copy that a test may change."""
    return fresh.copy(tmp_path / "tree")


# The plan


def test_rollback_plan_is_executable(rolled_back: RolledBack) -> None:
    assert commands("Run it") == [f"sh {SCRIPT}"]
    done = rolled_back.done
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.findall(r"^(\d)\. ", done.stdout, re.MULTILINE) == ["1", "2", "3", "5"]
    for line in commands("How to come back"):
        assert line in done.stdout


def test_the_plan_lists_what_goes(rolled_back: RolledBack) -> None:
    assert rolled_back.removed == {name for name in rolled_back.before if goes(name)}
    assert len((STEPS / "removed.txt").read_text().splitlines()) < 30


def test_the_plan_lists_what_changes(rolled_back: RolledBack) -> None:
    assert rolled_back.changed == set(paths("Files that change"))
    for name in rolled_back.changed:
        assert rolled_back.done.stdout.count(f"    {name}\n") == 2


# The tree that is left


def test_the_table_is_gone_and_the_database_stays(fresh: Tree, rolled_back: RolledBack) -> None:
    assert "jobs" in tables(fresh.data / DATABASE)
    assert tables(rolled_back.tree.data / DATABASE) == {"alembic_version"}


def test_videos_and_results_stay(rolled_back: RolledBack) -> None:
    assert contents(rolled_back.tree.data / "video_jobs") == rolled_back.data_before
    assert len(rolled_back.data_before) == 11


def test_whatever_is_new_is_decided_on(rolled_back: RolledBack) -> None:
    """A file outside of the pipeline and the scanner stays only if it is named here."""
    staying = {
        *(".ci/run", ".gitignore", ".pre-commit-config.yaml", "LICENSE", "Makefile", "README.md"),
        *("data/.gitkeep", "manage.py", "pyproject.toml", "pytest.ini", "requirements/setup.sh"),
        *(
            "requirements/base.txt",
            "requirements/dev.txt",
            "requirements/dev.lock.txt",
            "docs/RELEASE_NOTES.md",
            SCRIPT,
        ),
        *("requirements/audit.py", "forgesyte/tests/test_audit.py", "requirements/base.lock.txt"),
        "requirements/dev.lock.txt",
        *("forgesyte/__init__.py", "forgesyte/apps.py", "forgesyte/env.py"),
        *("forgesyte/management/__init__.py", "forgesyte/management/commands/__init__.py"),
        *("forgesyte/management/commands/validate_governance.py", "forgesyte/settings.py"),
        *("forgesyte/tests/__init__.py", "forgesyte/tests/test_env.py"),
        *("forgesyte/tests/test_setup.py", str(PLAN.relative_to(ROOT))),
    }
    whole = ("pipeline/", "governance/", f"{STEPS.relative_to(ROOT)}/")
    undecided = {name for name in rolled_back.after if not name.startswith(whole)} - staying
    assert not undecided, "does it go (removed.txt) or stay?"
    assert staying <= rolled_back.after.keys()


def test_no_code_that_is_left_uses_what_is_gone(rolled_back: RolledBack) -> None:
    gone = {module_of(name) for name in rolled_back.removed if name.endswith(".py")}
    gone |= {"alembic", "drf_spectacular", "duckdb", "duckdb_engine", "rest_framework"}
    gone |= {"gunicorn", "sqlalchemy", "whitenoise"}
    for name, source in rolled_back.after.items():
        if name.endswith(".py") and not name.startswith("docs/"):
            used = imported(source) & gone
            assert not used, f"{name} goes too (list it in removed.txt): {used}"
    packages = (
        rolled_back.after["requirements/base.txt"] + rolled_back.after["requirements/dev.txt"]
    )
    assert not re.search(
        rb"(?im)^(duckdb|sqlalchemy|alembic|gunicorn|djangorestframework)", packages
    )
    assert re.search(rb"(?m)^ultralytics==", packages)


def test_the_pipeline_gives_the_same_results(rolled_back: RolledBack, tmp_path: Path) -> None:
    (command,) = [line for line in commands("How to verify") if "run_pipeline" in line]
    output = tmp_path / "results.json"
    done = rolled_back.tree.run(*command.split(), "--output", str(output))
    assert done.returncode == 0, done.stderr
    (before,) = [
        data for name, data in rolled_back.data_before.items() if name.endswith("_results.json")
    ]
    assert output.read_bytes() == before
    assert json.loads(before)[0]["result"]["text"] == "FORGE 42"


def test_the_remaining_tests_pass(rolled_back: RolledBack) -> None:
    """Every file of tests is imported; those that need no model are run."""
    (command,) = [line for line in commands("How to verify") if "pytest" in line]
    names = (
        "command_line",
        "definitions",
        "env",
        "exceptions",
        "light_imports",
        "results",
        "video",
    )
    modules = " or ".join(f"test_{name}.py" for name in names)
    done = rolled_back.tree.run(*command.split(), "-p", "no:cacheprovider", "-k", modules)
    assert done.returncode == 0, done.stdout
    for name in names:
        assert re.search(rf"^\w+/tests/test_{name}\.py \.+", done.stdout, re.MULTILINE), name
    assert re.search(r" \d+ passed, \d+ deselected in ", done.stdout)


def test_the_checks_of_the_plan_pass(rolled_back: RolledBack) -> None:
    for command in commands("How to verify")[:3]:
        done = rolled_back.tree.run(*command.split())
        assert done.returncode == 0, done.stdout + done.stderr
    written = [name for name in rolled_back.changed if name.endswith(".py")]
    for tool in (("black", "--check", "--quiet"), ("ruff", "check", "--quiet", "--no-cache")):
        done = rolled_back.tree.python("-m", *tool, *written)
        assert done.returncode == 0, done.stdout + done.stderr
    for target in ("demo", "test", "check", "clean"):
        assert rolled_back.tree.run("make", "--dry-run", target).returncode == 0


def test_the_readme_that_is_written_names_the_commands_that_are_left(
    rolled_back: RolledBack,
) -> None:
    readme = rolled_back.after["README.md"].decode()
    named = re.findall(r"^\| `(\w+)[^`]*` \| ", readme, re.MULTILINE)
    ours = {Path(name).stem for name in rolled_back.after if "/management/commands/" in name}
    assert {name for name in named if name.islower()} == ours - {"__init__"} | {"check"}
    for link in re.findall(r"\]\(([^)]+)\)", readme):
        assert link in rolled_back.after


# Again, and back


def test_a_second_run_has_nothing_to_do(rolled_back: RolledBack) -> None:
    done = rolled_back.tree.rollback()
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "There is nothing left to roll back.\n"
    assert rolled_back.tree.files() == rolled_back.after


def test_the_phase_comes_back(rolled_back: RolledBack, tmp_path: Path) -> None:
    tree = rolled_back.tree.copy(tmp_path / "tree")
    restore, setup, migrate = commands("How to come back")
    assert tree.run(*restore.split()).returncode == 0
    assert tree.files() == rolled_back.before
    # Not run here: it would install packages. The files that it installs from are as before.
    assert setup == "make setup"
    migrated = tree.run(*migrate.split())
    assert migrated.returncode == 0, migrated.stderr
    assert "jobs" in tables(tree.data / DATABASE)
    status = tree.python("-c", ASK_STATUS)
    assert status.stdout == "200 pending\n", status.stderr


# Data, a kill


FOREIGN = [
    "notes.txt",
    "tmp/thesis.txt",
    "tmp/upload-x.mp4",
    "run/mine.sh",
    "run/store.lock.d/store.lock",
    "video_jobs/holiday.mp4",
    "video_jobs/2026/00000000-0000-0000-0000-000000000001.mp4",
    "video_jobs/00000000-0000-0000-0000-000000000001.mp4.bak",
    "cache/pages.txt",
]


def test_data_are_deleted_when_told_twice(rolled_back: RolledBack, tmp_path: Path) -> None:
    tree = rolled_back.tree.copy(tmp_path / "tree")
    for name in FOREIGN:
        (tree.data / name).parent.mkdir(parents=True, exist_ok=True)
        (tree.data / name).write_text("not ours")
    outside = tmp_path / "outside.txt"
    outside.write_text("not ours")
    (tree.data / "tmp" / "upload-1.part").symlink_to(outside)
    (tree.data / "tmp" / "results-1.part").touch()
    page = tree.data / "cache" / "pages" / JOB_IDS[0] / "640-1.jpg"
    page.parent.mkdir(parents=True)
    page.touch()

    assert tree.answer("n", options=("--delete-data",)).returncode == 1
    assert page.exists()
    videos = contents(tree.data / "video_jobs")
    assert videos.items() >= rolled_back.data_before.items()

    done = tree.answer("y", options=("--delete-data",))
    assert done.returncode == 0, done.stderr
    for name in ("tmp/results-1.part", f"video_jobs/{JOB_IDS[1]}.mp4", DATABASE):
        assert f"    {name}\n" in done.stdout
    assert sorted(contents(tree.data)) == sorted([*FOREIGN, "tmp/upload-1.part"])
    assert outside.read_text() == "not ours"
    assert not page.parent.parent.exists()
    assert tree.rollback("--delete-data").stdout == "There is nothing left to roll back.\n"


def test_nothing_is_deleted_behind_a_link(rolled_back: RolledBack, tmp_path: Path) -> None:
    tree = rolled_back.tree.copy(tmp_path / "tree")
    elsewhere = tmp_path / "other_disk"
    (tree.data / "video_jobs").rename(elsewhere)
    (tree.data / "video_jobs").symlink_to(elsewhere)
    done = tree.rollback("--yes", "--delete-data")
    assert done.returncode == 0, done.stderr
    assert "video_jobs is a symbolic link: what is behind it stays." in done.stdout
    assert contents(elsewhere) == rolled_back.data_before
    assert sorted(path.name for path in tree.data.iterdir()) == ["cache", "video_jobs"]


def test_killed_at_any_step_it_finishes_when_run_again(
    tree: Tree, rolled_back: RolledBack, tmp_path: Path
) -> None:
    last = "docs/images/"
    for program, argument in [
        ("python", "docs/Phase_16/rollback/revert_database.py"),
        ("rm", "./forgesyte/schema.py"),
        ("rm", f"./{last}"),
        ("python", "docs/Phase_16/rollback/edit_files.py write"),
    ]:
        environment = killing(tmp_path, tree, program, argument)
        killed = tree.rollback("--yes", environment=environment)
        assert killed.returncode == -signal.SIGKILL, killed.stdout + killed.stderr
        # As left by a kill while it is written.
        (tree.folder / "README.md.rollback").write_text("# Forge")
    (tree.folder / "README.md.rollback").unlink()
    done = tree.rollback("--yes", "--delete-data")
    assert done.returncode == 0, done.stderr
    assert tree.files() == rolled_back.after
    assert [path.name for path in tree.data.iterdir()] == ["cache"]
