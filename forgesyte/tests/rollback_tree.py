"""The rollback plan, and copies of this tree to carry it out on."""

from __future__ import annotations

import ast
import os
import pty
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import duckdb
from django.conf import settings

ROOT: Path = settings.BASE_DIR
PLAN = ROOT / "docs" / "Phase_16" / "PHASE_16_ROLLBACK_PLAN.md"
SCRIPT = "docs/Phase_16/rollback.sh"
TINY_MP4 = "pipeline/tests/fixtures/tiny.mp4"
DATABASE = "foregsyte.duckdb"
# What git and tools leave in a tree.
NOT_OF_THE_TREE = {".git", ".venv", "__pycache__", ".hypothesis"}
JOB_IDS = [f"00000000-0000-0000-0000-00000000000{number}" for number in (1, 2)]
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

Done = subprocess.CompletedProcess[str]


class Tree:
    """A copy of the tree, a git clone, with a data folder outside of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder.with_name(f"{folder.name}-data")
        # Nothing of this run's coverage, of a git command that started it, or of `make PYTHON=...`.
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("COV", "FORGESYTE_", "GIT_", "PYTEST_")) and name != "PYTHON"
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


def copy_of_the_tree(folder: Path) -> Tree:
    """The files that git has, with a migrated database, two jobs and their videos."""
    tree = Tree(folder)
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
    for command in (("manage.py", "migrate"), ("-c", MAKE_JOBS)):
        made = tree.python(*command)
        assert made.returncode == 0, made.stderr
    jobs = tree.data / "video_jobs"
    jobs.mkdir(exist_ok=True)
    for job_id in JOB_IDS:
        shutil.copy(ROOT / TINY_MP4, jobs / f"{job_id}.mp4")


def make_results(tree: Tree, model_cache: Path) -> None:
    """Those of the first job, by the pipeline of the tree."""
    (tree.data / "cache").symlink_to(model_cache)
    results = tree.data / "video_jobs" / f"{JOB_IDS[0]}_results.json"
    done = tree.python("manage.py", "run_pipeline", TINY_MP4, "--output", str(results))
    assert done.returncode == 0, done.stderr


class RolledBack:
    """A tree after the rollback, and what was there before."""

    def __init__(self, fresh: Tree, folder: Path) -> None:
        self.before = fresh.files()
        self.data_before = contents(fresh.data / "video_jobs")
        self.tree = fresh.copy(folder)
        (self.tree.data / "cache").rmdir()
        (self.tree.data / "cache").symlink_to((fresh.data / "cache").readlink())
        self.done = self.tree.rollback("--yes")
        self.after = self.tree.files()

    @property
    def removed(self) -> set[str]:
        return self.before.keys() - self.after.keys()

    @property
    def changed(self) -> set[str]:
        return {name for name in self.after if self.after[name] != self.before.get(name)}


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


def goes(name: str) -> bool:
    """Whether a file is one that the manifest removes."""
    listed = (ROOT / "docs/Phase_16/rollback/removed.txt").read_text().splitlines()
    kept = {line[1:] for line in listed if line.startswith("!")}
    patterns = [word.rstrip("/") for line in listed if line[0] not in "#!" for word in line.split()]
    above = [PurePosixPath(name), *PurePosixPath(name).parents]
    return any(
        len(path.parts) == pattern.count("/") + 1 and path.match(pattern)
        for path in above
        if str(path) not in kept
        for pattern in patterns
    )


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


def killing(folder: Path, tree: Tree, program: str, argument: str) -> dict[str, str]:
    """An environment in which the script is killed when a program has run with an argument."""
    real = {"python": str(tree.folder / ".venv/bin/python"), "rm": "/bin/rm"}
    for name, path in real.items():
        kill = f'case " $* " in *" {argument} "*) kill -9 0 ;; esac\n' if name == program else ""
        (folder / name).write_text(f'#!/bin/sh\n"{path}" "$@" || exit\n{kill}')
        (folder / name).chmod(0o755)
    return {"PYTHON": str(folder / "python"), "PATH": f"{folder}:{os.environ['PATH']}"}
