"""Copies of the tree: one that no test changes, and one that a test may change."""

from __future__ import annotations

from pathlib import Path

import pytest

from forgesyte.tests.integration.rollback.tree import Tree, copy_of_the_tree


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory, model_cache: Path) -> Tree:
    """No test changes it."""
    return copy_of_the_tree(tmp_path_factory.mktemp("rollback") / "fresh", model_cache)


@pytest.fixture(scope="module")
def before(fresh: Tree) -> dict[str, bytes]:
    return fresh.files()


@pytest.fixture
def tree(fresh: Tree, tmp_path: Path) -> Tree:
    """A copy that a test may change."""
    return fresh.copy(tmp_path / "tree")
