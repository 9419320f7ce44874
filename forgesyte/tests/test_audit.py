"""requirements/audit.py against a vulnerability database of our own."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

PROGRAM = settings.BASE_DIR / "requirements" / "audit.py"
specification = importlib.util.spec_from_file_location("audit", PROGRAM)
assert specification is not None and specification.loader is not None
program = importlib.util.module_from_spec(specification)
specification.loader.exec_module(program)

VULNERABLE = {
    "id": "GHSA-aaaa-bbbb-cccc",
    "aliases": ["CVE-2026-0001"],
    "summary": "Requests can be smuggled.",
    "affected": [
        {
            "package": {"name": "waitress", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "9.9"}]}],
        }
    ],
}
Audit = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def database() -> Iterator[str]:
    """Knows a vulnerability of waitress, and none of anything else; its address."""

    class Database(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            known = [VULNERABLE] if asked["package"]["name"] == "waitress" else []
            body = json.dumps({"vulns": known} if known else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Database) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
        server.shutdown()
        thread.join()


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    def run(
        service: str, *options: str, packages: str, ignored: str = ""
    ) -> subprocess.CompletedProcess[str]:
        requirement, project = tmp_path / "packages.txt", tmp_path / "pyproject.toml"
        requirement.write_text(packages)
        project.write_text(f"[tool.forgesyte.audit.ignore]\n{ignored}\n")
        command = [sys.executable, str(PROGRAM)]
        files = ["--requirement", str(requirement), "--project", str(project)]
        return subprocess.run(
            [*command, "--service", service, *files, *options],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_a_vulnerable_package_fails(audit: Audit, database: str) -> None:
    done = audit(database, packages="waitress==3.0.2\nijson==3.6.0\n")
    assert done.returncode == 1, done.stderr
    assert "waitress 3.0.2: CVE-2026-0001 GHSA-aaaa-bbbb-cccc (fixed in: 9.9)" in done.stdout
    assert done.stdout.endswith("2 packages audited, 1 vulnerabilities.\n")


def test_one_that_does_not_concern_us_is_told_with_its_reason(audit: Audit, database: str) -> None:
    ignored = 'CVE-2026-0001 = "We refuse such requests ourselves."'
    done = audit(database, "--required", packages="waitress==3.0.2\n", ignored=ignored)
    assert done.returncode == 0, done.stderr
    assert "ignored: We refuse such requests ourselves." in done.stdout


def test_a_database_that_cannot_be_reached_is_told(audit: Audit) -> None:
    done = audit("http://127.0.0.1:9/v1/query", packages="ijson==3.6.0\n")
    assert done.returncode == 0
    assert done.stdout.startswith("NOT AUDITED for known vulnerabilities")


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
