"""requirements/audit.py against a vulnerability database of our own."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

PROGRAM = settings.BASE_DIR / "requirements" / "audit.py"
specification = importlib.util.spec_from_file_location("audit", PROGRAM)
assert specification is not None and specification.loader is not None
program = importlib.util.module_from_spec(specification)
specification.loader.exec_module(program)

VULNERABLE: dict[str, Any] = {
    "name": "waitress",
    "version": "3.0.2",
    "vulns": [{"id": "CVE-2026-0001", "aliases": ["GHSA-a"], "fix_versions": ["9.9"]}],
}


def test_a_vulnerable_package_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.report([VULNERABLE], {}, False) == 1
    told = capsys.readouterr().out
    assert "waitress 3.0.2: CVE-2026-0001 GHSA-a (fixed in: 9.9)" in told
    assert told.endswith("1 packages audited, 1 vulnerabilities.\n")


def test_one_that_does_not_concern_us_is_told_with_its_reason(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert program.report([VULNERABLE], {"GHSA-a": "We refuse such requests."}, True) == 0
    assert "ignored: We refuse such requests." in capsys.readouterr().out


def test_a_database_that_cannot_be_reached_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "packages.txt").write_text("ijson==3.6.0\n")
    options = ["--service", "http://127.0.0.1:9/v1/query", "--requirement"]
    assert program.main([*options, str(tmp_path / "packages.txt")]) == 0
    assert capsys.readouterr().out.startswith("NOT AUDITED for known vulnerabilities")


@pytest.mark.parametrize("required", [False, True])
def test_what_was_not_audited_fails_where_it_is_required(
    required: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    known: dict[str, Any] = {"name": "a", "version": "1", "vulns": []}
    unknown = {"name": "b", "skip_reason": "Dependency not found"}
    assert program.report([known], {}, required) == 0
    for packages in ([known, unknown], [unknown], []):
        capsys.readouterr()
        assert program.report(packages, {}, required) == required
        assert "NOT AUDITED" in capsys.readouterr().out.splitlines()[-1]


def test_what_is_ignored_has_a_reason(tmp_path: Path) -> None:
    program.ignored_vulnerabilities(program.PROJECT)
    project = tmp_path / "pyproject.toml"
    project.write_text('[tool.forgesyte.audit.ignore]\nCVE-2026-0001 = " "')
    with pytest.raises(SystemExit, match="needs a reason for each"):
        program.ignored_vulnerabilities(project)
