"""When the rollback refuses: everything is left as it was."""

from __future__ import annotations

import os
import re

import pytest

from forgesyte.tests.integration.rollback.tree import Done, Tree
from jobs.locks import ProcessLock


def assert_refused(tree: Tree, before: dict[str, bytes], done: Done, message: str) -> None:
    assert done.returncode == 1
    assert re.search(message, done.stderr), done.stderr
    assert "Nothing was changed." in done.stderr
    assert tree.files() == before
    assert "jobs" in tree.tables()


def test_only_yes_starts_it(fresh: Tree, before: dict[str, bytes]) -> None:
    assert "Usage" in fresh.rollback("--yes", "--force").stderr
    assert_refused(fresh, before, fresh.rollback(), "no terminal to ask on; --yes")
    for answer in ("n", "", "yes please"):
        assert_refused(fresh, before, fresh.answer(answer), "Stopped")


@pytest.mark.parametrize("name", ["serve.lock", "worker.lock", "store.lock"])
def test_a_running_process_is_named(tree: Tree, before: dict[str, bytes], name: str) -> None:
    lock = ProcessLock(tree.data / "run" / name)
    assert lock.acquire()
    done = tree.rollback("--yes")
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
    assert_refused(tree, before, done, "pytest.ini: line 4 would still name jobs")


def test_elsewhere_it_refuses(tree: Tree) -> None:
    (tree.folder / "manage.py").unlink()
    before = tree.files()
    done = tree.rollback("--yes")
    assert_refused(tree, before, done, "not the top of a ForgeSyte tree")
