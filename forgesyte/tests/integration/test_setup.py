"""requirements/setup.sh, with stand-ins for the programs that would change the machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

MISSING = "libgl1 libglib2.0-0 tesseract-ocr-eng"
FOR_TESTS = ("chromium", "curl", "openssl", "strace", "wrk")


class Tree:
    """A tree with nothing but the requirements, and programs that note how they are called."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls = folder / "calls"
        self.calls.touch()
        shutil.copytree(settings.BASE_DIR / "requirements", folder / "requirements")
        self.program("python3", f'exec {sys.executable} "$@"')
        self.program("ldconfig", "echo libGL.so.1 libgthread-2.0.so.0")
        self.program("tesseract", "echo eng")
        for name in (*FOR_TESTS, "nginx"):  # which a machine has in /usr/sbin
            self.program(name, "true")
        self.program("apt-get", self.note("apt-get"))
        self.program(
            ".venv/bin/python",
            f'[ "$1" = -c ] && exec {sys.executable} "$@"\n{self.note("python")}',
        )

    def program(self, name: str, script: str) -> None:
        path = self.folder / (name if "/" in name else f"bin/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def note(self, name: str) -> str:
        return f'echo {name} "$@" >> "{self.calls}"'

    def setup(
        self, *level: str, path: str = os.environ["PATH"]
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", "requirements/setup.sh", *level],
            cwd=self.folder,
            env={"PATH": f"{self.folder / 'bin'}:{path}"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


@pytest.fixture
def bare(tree: Tree) -> Tree:
    """The libraries and the language data are missing."""
    tree.program("ldconfig", "true")
    tree.program("tesseract", "echo osd")
    return tree


@pytest.mark.parametrize("name", FOR_TESTS)
def test_programs_that_the_tests_need_come_with_the_tests(tree: Tree, name: str) -> None:
    """The machine's own may be there too, so its programs are hidden one by one."""
    (tree.folder / "bin" / name).unlink()
    for used in ("cat", "cmp", "env", "grep", "id", "mktemp", "rm", "tail"):
        tree.program(used, f'exec {shutil.which(used)} "$@"')
    tree.program("id", "echo 0")
    path = str(tree.folder / "bin")
    assert tree.setup(path=path).returncode == 0
    assert "apt-get" not in tree.calls.read_text()
    done = tree.setup("dev", path=path)
    assert done.returncode == 0, done.stderr
    install = next(
        line for line in tree.calls.read_text().splitlines() if "apt-get install" in line
    )
    assert install == f"apt-get install -y --no-install-recommends {name}"


@pytest.mark.parametrize("level", ["base", "dev"])
def test_requirements_of_a_level_are_installed_once(tree: Tree, level: str) -> None:
    assert tree.setup(level).returncode == 0
    installed = tree.calls.read_text()
    assert f"--requirement requirements/{level}.txt" in installed
    assert f"--constraint requirements/{level}.lock.txt" in installed
    tree.calls.write_text("")
    assert tree.setup(level).stdout == "Set-up is complete.\n"
    tree.setup("base")  # what tests need holds what running needs
    assert "install" not in tree.calls.read_text()


def test_an_unknown_level_is_refused(tree: Tree) -> None:
    done = tree.setup("all")
    assert (done.returncode, tree.calls.read_text()) == (1, "")
    assert done.stderr == "Usage: sh requirements/setup.sh [base|dev]\n"


@pytest.mark.parametrize("level", ["base", "dev"])
def test_every_requirement_and_what_it_needs_is_locked(level: str) -> None:
    """A fresh install next year gets the versions that are tested today."""
    folder = settings.BASE_DIR / "requirements"
    locked = pins(folder / f"{level}.lock.txt")
    for name, version in pins(folder / f"{level}.txt").items():
        assert locked[name] == version, f"{name}: run `make lock`"
    assert len(locked) > 2 * len(pins(folder / f"{level}.txt"))


def pins(file: Path) -> dict[str, str]:
    """The package names of a requirements file, in the form that indexes use, and versions."""
    found = re.findall(r"(?m)^([\w.-]+)==([^\s;]+)", file.read_text())
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}


def test_changed_requirements_are_installed_again(tree: Tree) -> None:
    tree.setup()
    tree.calls.write_text("")
    with (tree.folder / "requirements" / "base.txt").open("a") as file:
        file.write("# changed\n")
    tree.setup()
    assert "install" in tree.calls.read_text()


def test_an_environment_of_another_python_is_made_anew(tree: Tree) -> None:
    tree.setup()
    tree.program(".venv/bin/python", "echo 3.9.2")
    making = '[ "$2" = venv ] && { mkdir -p "$4/bin"; cp new "$4/bin/python"; exit; }'
    tree.program("python3", f'{making}\nexec {sys.executable} "$@"')
    tree.program("./new", tree.note("new"))
    (tree.folder / ".venv" / ".setup-base-stamp").unlink()
    assert tree.setup().returncode == 0
    assert "new -m pip install" in tree.calls.read_text()


def test_root_installs_the_missing_packages(bare: Tree) -> None:
    bare.program("id", "echo 0")
    assert bare.setup().returncode == 0
    update, install = bare.calls.read_text().splitlines()[:2]
    assert update == "apt-get update"
    assert install == f"apt-get install -y --no-install-recommends {MISSING}"


def test_who_may_not_install_is_told_what_is_missing(bare: Tree) -> None:
    bare.program("id", "echo 1000")
    bare.program("sudo", "exit 1")
    done = bare.setup()
    assert done.returncode == 1
    assert f"sudo apt-get install -y {MISSING}" in done.stderr
    assert bare.calls.read_text() == ""


def test_a_failing_apt_get_stops_with_its_output_and_the_names(bare: Tree) -> None:
    bare.program("id", "echo 0")
    bare.program("apt-get", "echo 'no network'; exit 100")
    done = bare.setup()
    assert done.returncode == 1
    assert "no network" in done.stderr
    assert MISSING in done.stderr


def test_an_old_python_is_refused(tree: Tree) -> None:
    tree.program("python3", '[ "$1" = -c ] && case "$2" in *raise*) exit 1;; *) echo 3.9.2;; esac')
    done = tree.setup()
    assert done.returncode == 1
    assert "Python 3.11 or newer is needed; python3 is 3.9.2." in done.stderr
