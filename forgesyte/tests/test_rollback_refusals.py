"""When the rollback refuses, and everything is left as it was; and when there is less to do."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from forgesyte.tests.rollback_tree import (
    DATABASE,
    SCRIPT,
    Done,
    Tree,
    copy_of_the_tree,
    goes,
    paths,
    tables,
)
from jobs.locks import ProcessLock


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """No test changes it."""
    return copy_of_the_tree(tmp_path_factory.mktemp("rollback") / "fresh")


@pytest.fixture
def tree(fresh: Tree, tmp_path: Path) -> Tree:
    """A copy that a test may change."""
    return fresh.copy(tmp_path / "tree")


def assert_refused(tree: Tree, before: Mapping[str, bytes], done: Done, message: str) -> None:
    assert done.returncode == 1
    assert re.search(message, done.stderr), done.stderr
    assert "Nothing was changed." in done.stderr
    assert tree.files() == before
    assert "jobs" in tables(tree.data / DATABASE)


def test_without_a_terminal_it_asks_for_yes(tree: Tree) -> None:
    before = tree.files()
    assert "Usage" in tree.rollback("--yes", "--force").stderr
    done = tree.rollback()
    assert_refused(tree, before, done, "no terminal to ask on; --yes")
    for name in before:
        going = goes(name)
        assert (f"    {name}\n" in done.stdout) is (going or name in paths("Files that change"))


def test_any_answer_but_yes_stops(tree: Tree) -> None:
    before = tree.files()
    for answer in ("n", "", "yes please"):
        assert_refused(tree, before, tree.answer(answer), "Stopped")


def test_a_running_process_is_named(tree: Tree) -> None:
    before = tree.files()
    for name in ("serve.lock", "worker.lock", "store.lock"):
        lock = ProcessLock(tree.data / "run" / name)
        assert lock.acquire()
        done = tree.rollback("--yes", "--delete-data")
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
