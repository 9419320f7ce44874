"""The rollback plan, and copies of this tree to carry it out on."""

from __future__ import annotations

import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
from django.conf import settings

ROOT: Path = settings.BASE_DIR
PLAN = ROOT / "docs" / "Phase_16" / "PHASE_16_ROLLBACK_PLAN.md"
SCRIPT = "docs/Phase_16/rollback.sh"
TINY_MP4 = "pipeline/tests/fixtures/tiny.mp4"
DATABASE = "foregsyte.duckdb"
# What git and tools leave in a tree.
NOT_OF_THE_TREE = {".git", ".venv", "__pycache__", ".hypothesis"}
JOB_ID = "00000000-0000-0000-0000-000000000001"
MAKE_JOB = f"""
import uuid
import django
django.setup()
from jobs.composition import job_store
job_store().submit(uuid.UUID("{JOB_ID}"), "yolo_ocr", "video_jobs/{JOB_ID}.mp4")
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

    def run(self, *command: str, stdin: int = subprocess.DEVNULL) -> Done:
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
            start_new_session=True,
        )

    def python(self, *arguments: str) -> Done:
        return self.run(".venv/bin/python", *arguments)

    def rollback(self, *options: str) -> Done:
        return self.run("sh", SCRIPT, *options)

    def answer(self, line: str) -> Done:
        """Run it with a terminal on which this line is typed."""
        ours, theirs = pty.openpty()
        try:
            os.write(ours, f"{line}\n".encode())
            return self.run("sh", SCRIPT, stdin=theirs)
        finally:
            os.close(ours)
            os.close(theirs)

    def git(self, *arguments: str) -> None:
        identity = ("-c", "user.name=test", "-c", "user.email=test@example.invalid")
        done = self.run("git", *identity, *arguments)
        assert done.returncode == 0, done.stderr

    def files(self) -> dict[str, bytes]:
        """Each file by its path, without what tools leave behind."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and not NOT_OF_THE_TREE & set(path.relative_to(self.folder).parts)
        }

    def tables(self) -> set[str]:
        with duckdb.connect(str(self.data / DATABASE), read_only=True) as connection:
            found = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        return {name for (name,) in found}

    def copy(self, folder: Path) -> Tree:
        """Another clone in the same state, with data of its own."""
        other = Tree(folder)
        shutil.copytree(self.folder, other.folder, symlinks=True)
        shutil.copytree(self.data, other.data, symlinks=True)
        return other


def copy_of_the_tree(folder: Path, model_cache: Path) -> Tree:
    """The files that git has, with a migrated database and a job with its video."""
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
    for command in (("manage.py", "migrate"), ("-c", MAKE_JOB)):
        made = tree.python(*command)
        assert made.returncode == 0, made.stderr
    (tree.data / "cache").symlink_to(model_cache)
    jobs = tree.data / "video_jobs"
    jobs.mkdir(exist_ok=True)
    shutil.copy(ROOT / TINY_MP4, jobs / f"{JOB_ID}.mp4")
    for ending in ("upload.json", "run.json", "times.bin", "digest.zip", "results.json"):
        (jobs / f"{JOB_ID}_{ending}").touch()
    return tree


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
