"""The rollback plan, carried out on copies of this tree."""

from __future__ import annotations

import ast
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest
from django.conf import settings

from jobs.locks import ProcessLock

ROOT: Path = settings.BASE_DIR
PLAN = ROOT / "docs" / "Phase_16" / "PHASE_16_ROLLBACK_PLAN.md"
SCRIPT = "docs/Phase_16/rollback.sh"
STEPS = ROOT / "docs" / "Phase_16" / "rollback"
TINY_MP4 = "pipeline/tests/fixtures/tiny.mp4"
DATABASE = "foregsyte.duckdb"
# What git and tools leave in a tree.
NOT_OF_THE_TREE = {".git", ".venv", "__pycache__", ".hypothesis"}
# A completed job and one that waits.
MAKE_JOBS = """
import uuid
import django
django.setup()
from jobs.composition import job_store
store = job_store()
for number in (1, 2):
    store.submit(uuid.UUID(int=number), "yolo_ocr", f"video_jobs/{uuid.UUID(int=number)}.mp4")
assert store.claim() is not None
store.complete(uuid.UUID(int=1), f"video_jobs/{uuid.UUID(int=1)}_results.json")
"""
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
Done = subprocess.CompletedProcess[str]


class Tree:
    """A copy of the tree, a git clone, with a data folder outside of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder.with_name(f"{folder.name}-data")
        # Neither this run's coverage nor the git command that may have started it.
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("COV", "FORGESYTE_", "GIT_", "PYTEST_"))
        }
        self.environment = {
            **inherited,
            "DJANGO_SETTINGS_MODULE": "forgesyte.settings",
            "FORGESYTE_DATA_DIR": str(self.data),
            "FORGESYTE_DEVICE": "cpu",
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_SYSTEM": os.devnull,
        }

    def run(
        self,
        *command: str,
        stdin: int = subprocess.DEVNULL,
        environment: Mapping[str, str] | None = None,
    ) -> Done:
        return subprocess.run(
            command,
            cwd=self.folder,
            env={**self.environment, **(environment or {})},
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
            start_new_session=True,
        )

    def python(self, *arguments: str) -> Done:
        return self.run(".venv/bin/python", *arguments)

    def rollback(self, *options: str, environment: Mapping[str, str] | None = None) -> Done:
        return self.run("sh", SCRIPT, *options, environment=environment)

    def answer(self, *answers: str, options: tuple[str, ...] = ()) -> Done:
        """Run it with a terminal on which these lines are typed."""
        ours, theirs = pty.openpty()
        try:
            os.write(ours, "".join(f"{line}\n" for line in answers).encode())
            return self.run("sh", SCRIPT, *options, stdin=theirs)
        finally:
            os.close(ours)
            os.close(theirs)

    def git(self, *arguments: str) -> str:
        identity = ("-c", "user.name=test", "-c", "user.email=test@example.invalid")
        done = self.run("git", *identity, *arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def files(self) -> dict[str, bytes]:
        return contents(self.folder)

    def copy(self, folder: Path) -> Tree:
        """Another clone in the same state, with data of its own."""
        other = Tree(folder)
        shutil.copytree(self.folder, other.folder, symlinks=True)
        shutil.copytree(self.data, other.data, ignore=shutil.ignore_patterns("cache"))
        (other.data / "cache").mkdir()
        return other


def contents(folder: Path) -> dict[str, bytes]:
    """Each file below a folder by its path, without what tools leave behind."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not NOT_OF_THE_TREE & set(path.relative_to(folder).parts)
    }


def tables(database: Path) -> set[str]:
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    return {name for (name,) in found}


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """The tree as git has it, with a database, a video and its results. No test changes it."""
    tree = Tree(tmp_path_factory.mktemp("rollback") / "fresh")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).exists():
            (tree.folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree.folder / name)
    tree.git("init", "--quiet")
    tree.git("add", "--all")
    tree.git("commit", "--quiet", "--message", "before")
    (tree.folder / ".venv").symlink_to(sys.prefix)
    (tree.folder / ".git" / "info" / "exclude").write_text(".venv\n")
    make_data(tree)
    return tree


def make_data(tree: Tree) -> None:
    migrated = tree.python("manage.py", "migrate")
    assert migrated.returncode == 0, migrated.stderr
    made = tree.python("-c", MAKE_JOBS)
    assert made.returncode == 0, made.stderr
    jobs = tree.data / "video_jobs"
    jobs.mkdir(exist_ok=True)
    for number in (1, 2):
        shutil.copy(ROOT / TINY_MP4, jobs / f"00000000-0000-0000-0000-00000000000{number}.mp4")
    results = str(jobs / "00000000-0000-0000-0000-000000000001_results.json")
    before = tree.python("manage.py", "run_pipeline", TINY_MP4, "--output", results)
    assert before.returncode == 0, before.stderr


class RolledBack:
    """A tree after the rollback, and what was there before."""

    def __init__(self, fresh: Tree, folder: Path) -> None:
        self.before = fresh.files()
        self.data_before = contents(fresh.data / "video_jobs")
        self.tree = fresh.copy(folder)
        (self.tree.data / "cache").rmdir()
        shutil.copytree(fresh.data / "cache", self.tree.data / "cache")
        self.done = self.tree.rollback("--yes")
        self.after = self.tree.files()

    @property
    def removed(self) -> set[str]:
        return self.before.keys() - self.after.keys()

    @property
    def changed(self) -> set[str]:
        return {name for name in self.after if self.after[name] != self.before.get(name)}


@pytest.fixture(scope="module")
def rolled_back(fresh: Tree, tmp_path_factory: pytest.TempPathFactory) -> RolledBack:
    return RolledBack(fresh, tmp_path_factory.mktemp("rollback") / "rolled_back")


@pytest.fixture
def tree(fresh: Tree, tmp_path: Path) -> Tree:
    """A copy that a test may change."""
    return fresh.copy(tmp_path / "tree")


def section(title: str) -> str:
    _, _, after = PLAN.read_text(encoding="utf-8").partition(f"\n## {title}\n")
    assert after, title
    return after.partition("\n## ")[0]


def paths(title: str) -> list[str]:
    """The first column of a section's table."""
    found: list[str] = re.findall(r"^\| `([^`]+)` \|", section(title), re.MULTILINE)
    return found


def commands(title: str) -> list[str]:
    block: str
    (block,) = re.findall(r"^```text\n(.*?)^```", section(title), re.MULTILINE | re.DOTALL)
    return block.splitlines()


def covers(entry: str, name: str) -> bool:
    return name.startswith(entry) if entry.endswith("/") else name == entry


def module_of(name: str) -> str:
    return name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imported(source: bytes) -> set[str]:
    """The modules that a file imports, and the names that it takes from them as if modules."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


# The plan


def test_rollback_plan_exists() -> None:
    text = PLAN.read_text(encoding="utf-8")
    for name in re.findall(r"\]\(([^)]+)\)", text):
        assert (PLAN.parent / name).is_file(), name
    assert "TODO" not in text
    assert [path.stem for path in (ROOT / "jobs/alembic/versions").glob("*.py")] == [
        "0001_create_jobs"
    ]
    assert paths("Revisions that are reverted") == ["0001"]


def test_rollback_plan_is_executable(rolled_back: RolledBack) -> None:
    assert commands("Run it") == [f"sh {SCRIPT}"]
    done = rolled_back.done
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.findall(r"^(\d)\. ", done.stdout, re.MULTILINE) == ["1", "2", "3", "5"]
    for line in commands("How to come back"):
        assert line in done.stdout


def test_the_plan_lists_what_goes(rolled_back: RolledBack) -> None:
    listed = paths("Files that go")
    assert rolled_back.removed == {
        name for name in rolled_back.before for entry in listed if covers(entry, name)
    }
    in_script = rolled_back.tree.run("sed", "-n", "/^    cat <<'END'$/,/^END$/p", SCRIPT).stdout
    assert in_script.splitlines()[1:-1] == ["jobs/database.py", *listed]


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
    assert len(rolled_back.data_before) == 3


def test_no_code_that_is_left_uses_what_is_gone(rolled_back: RolledBack) -> None:
    gone = {module_of(name) for name in rolled_back.removed if name.endswith(".py")}
    gone |= {"alembic", "drf_spectacular", "duckdb", "duckdb_engine", "rest_framework"}
    gone |= {"sqlalchemy", "waitress", "whitenoise"}
    for name, source in rolled_back.after.items():
        if name.endswith(".py") and not name.startswith("docs/"):
            assert not imported(source) & gone, name
    packages = (
        rolled_back.after["requirements/base.txt"] + rolled_back.after["requirements/dev.txt"]
    )
    assert not re.search(
        rb"(?im)^(duckdb|sqlalchemy|alembic|waitress|djangorestframework)", packages
    )
    assert re.search(rb"(?m)^ultralytics==", packages)


def test_the_pipeline_gives_the_same_results(rolled_back: RolledBack, tmp_path: Path) -> None:
    (command,) = [line for line in commands("How to verify") if "run_pipeline" in line]
    output = tmp_path / "results.json"
    done = rolled_back.tree.run(*command.split(), "--output", str(output))
    assert done.returncode == 0, done.stderr
    (before,) = [data for name, data in rolled_back.data_before.items() if name.endswith(".json")]
    assert output.read_bytes() == before
    assert json.loads(before)[0]["result"]["text"] == "FORGE 42"


def test_the_remaining_tests_pass(rolled_back: RolledBack) -> None:
    """Every file of tests is imported; those that need no model are run."""
    (command,) = [line for line in commands("How to verify") if "pytest" in line]
    names = ("config", "definitions", "env", "exceptions", "light_imports", "results", "video")
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


def test_the_texts_that_are_written_follow_the_tree() -> None:
    """What the settings and the environment of the pipeline are must not change here alone."""
    settings_now = (ROOT / "forgesyte" / "settings.py").read_text()
    (block,) = re.findall(r"^PIPELINE = .*?^\)$", settings_now, re.MULTILINE | re.DOTALL)
    assert block in (STEPS / "forgesyte" / "settings.py.template").read_text()
    for name in ("env.py", "tests/test_env.py"):
        now = set((ROOT / "forgesyte" / name).read_text().splitlines())
        written = (STEPS / "forgesyte" / f"{name}.template").read_text().splitlines()
        new = [line for line in written if line not in now and "MAX_FRAMES" not in line]
        assert [line for line in new if "max_frames == 1000" not in line] == []
    variables = set(re.findall(r'"(FORGESYTE_\w+)"', (ROOT / "forgesyte" / "env.py").read_text()))
    of_jobs = {"MAX_UPLOAD_BYTES", "SECRET_KEY", "ALLOWED_HOSTS", "DEBUG"}
    template = (STEPS / "forgesyte" / "env.py.template").read_text()
    left = set(re.findall(r'"(FORGESYTE_\w+)"', template))
    assert variables - left == {f"FORGESYTE_{name}" for name in of_jobs}


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


# Refusals: each leaves everything as it was.


def assert_refused(tree: Tree, before: Mapping[str, bytes], done: Done, message: str) -> None:
    assert done.returncode == 1
    assert re.search(message, done.stderr), done.stderr
    assert "Nothing was changed." in done.stderr
    assert tree.files() == before
    assert "jobs" in tables(tree.data / DATABASE)


def test_without_a_terminal_it_asks_for_yes(tree: Tree) -> None:
    before = tree.files()
    done = tree.rollback()
    assert_refused(tree, before, done, "no terminal to ask on; --yes")
    for name in before:
        going = any(covers(entry, name) for entry in paths("Files that go"))
        assert (f"    {name}\n" in done.stdout) is (going or name in paths("Files that change"))


@pytest.mark.parametrize("answer", ["n", "", "yes please"])
def test_any_answer_but_yes_stops(tree: Tree, answer: str) -> None:
    before = tree.files()
    assert_refused(tree, before, tree.answer(answer), "Stopped")


@pytest.mark.parametrize("name", ["serve.lock", "worker.lock", "store.lock"])
def test_a_running_process_is_named(tree: Tree, name: str) -> None:
    before = tree.files()
    lock = ProcessLock(tree.data / "run" / name)
    assert lock.acquire()
    try:
        done = tree.rollback("--yes", "--delete-data")
    finally:
        lock.release()
    assert_refused(tree, before, done, f"Process {os.getpid()} uses the data folder")


def test_changes_that_no_commit_holds_are_not_lost(tree: Tree) -> None:
    (tree.folder / "jobs" / "mine.py").write_text("x = 1\n")
    (tree.folder / "README.md").write_text("mine\n")
    (tree.folder / "pipeline" / "mine.txt").write_text("this file stays\n")
    before = tree.files()
    done = tree.rollback("--yes")
    assert_refused(tree, before, done, r"(?s) M README.md.*\?\? jobs/mine.py")
    assert "mine.txt" not in done.stderr


def test_an_edit_that_does_not_fit_stops_before_anything_goes(tree: Tree) -> None:
    (tree.folder / "pytest.ini").write_text("[pytest]\ntestpaths =\n    forgesyte\n    jobs\n")
    tree.git("commit", "--quiet", "--all", "--message", "other")
    before = tree.files()
    done = tree.rollback("--yes")
    assert_refused(tree, before, done, "pytest.ini: line 4 would still say 'jobs'")


def test_elsewhere_it_refuses(tree: Tree, tmp_path: Path) -> None:
    (tree.folder / "manage.py").unlink()
    before = tree.files()
    assert_refused(tree, before, tree.rollback("--yes"), "not the top of a ForgeSyte tree")
    script = str(tree.folder / SCRIPT)
    below = subprocess.run(
        ["sh", script, "--yes"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (below.returncode, below.stdout) == (1, "")


def test_an_unknown_option_is_refused(tree: Tree) -> None:
    done = tree.rollback("--yes", "--force")
    assert done.returncode == 1
    assert "Usage" in done.stderr
    assert (tree.folder / "jobs" / "database.py").exists()


# Data, other code, no database, no git, a kill


def test_data_are_deleted_when_told_twice(rolled_back: RolledBack, tmp_path: Path) -> None:
    tree = rolled_back.tree.copy(tmp_path / "tree")
    elsewhere = tmp_path / "other_disk"
    (tree.data / "video_jobs").rename(elsewhere)
    (tree.data / "video_jobs").symlink_to(elsewhere)
    (tree.data / "notes.txt").write_text("not ours")

    assert tree.answer("n", options=("--delete-data",)).returncode == 1
    assert contents(elsewhere) == rolled_back.data_before

    done = tree.answer("y", options=("--delete-data",))
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tree.data.iterdir()} == {"cache", "notes.txt"}
    assert contents(elsewhere) == {}
    assert tree.rollback("--delete-data").stdout == "There is nothing left to roll back.\n"


def test_code_of_ones_own_keeps_its_packages_and_a_missing_database_is_no_fault(tree: Tree) -> None:
    (tree.folder / "forgesyte" / "reports.py").write_text("import alembic\n")
    shutil.rmtree(tree.folder / ".git")
    (tree.data / DATABASE).unlink()
    done = tree.rollback("--yes")
    assert done.returncode == 0, done.stderr
    assert "no git clone" in done.stdout
    assert "There is no job database" in done.stdout
    assert not (tree.data / DATABASE).exists()
    packages = (tree.folder / "requirements" / "base.txt").read_text()
    assert re.search("^alembic==", packages, re.MULTILINE)
    assert re.search("^SQLAlchemy==", packages, re.MULTILINE)
    assert "duckdb" not in packages
    assert (tree.folder / "forgesyte" / "reports.py").exists()


def test_killed_at_any_step_it_finishes_when_run_again(
    tree: Tree, rolled_back: RolledBack, tmp_path: Path
) -> None:
    *_, last = [path for path in paths("Files that go") if (tree.folder / path).exists()]
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


def killing(folder: Path, tree: Tree, program: str, argument: str) -> dict[str, str]:
    """An environment in which the script is killed when a program has run with an argument."""
    real = {"python": str(tree.folder / ".venv/bin/python"), "rm": "/bin/rm"}
    for name, path in real.items():
        kill = f'case " $* " in *" {argument} "*) kill -9 0 ;; esac\n' if name == program else ""
        (folder / name).write_text(f'#!/bin/sh\n{path} "$@" || exit\n{kill}')
        (folder / name).chmod(0o755)
    return {"PYTHON": str(folder / "python"), "PATH": f"{folder}:{os.environ['PATH']}"}
