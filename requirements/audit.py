"""Whether a package in .venv has a known vulnerability: pip-audit asks the OSV database.

Exit status 0: none is known, or nobody could be asked, which the last line says. 1: there are some,
or, with `--required`, not every package was audited. Vulnerabilities that do not concern this
project are named, each with its reason, in pyproject.toml below [tool.forgesyte.audit.ignore].
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
SERVICE = "https://api.osv.dev/v1/query"
NETWORK_S = "15"


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--required", action="store_true", help="fail if it cannot be audited")
    parser.add_argument("--service", default=SERVICE, metavar="URL", help="an OSV database")
    parser.add_argument("--project", type=Path, default=PROJECT, metavar="FILE")
    parser.add_argument("--requirement", type=Path, metavar="FILE", help="instead of .venv")
    options = parser.parse_args(arguments)
    ignored = ignored_vulnerabilities(options.project)
    done = subprocess.run(
        command(options.service, options.requirement), capture_output=True, text=True, check=False
    )
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        lines = done.stderr.strip().splitlines() or ["pip-audit printed nothing"]
        return not_audited(lines[-1], options.required)
    return report(packages, ignored, options.required)


def command(service: str, requirement: Path | None) -> list[str]:
    """What asks about the packages that are installed, or about those of a file."""
    asked = [] if requirement is None else ["-r", str(requirement), "--no-deps", "--disable-pip"]
    options = ["--format", "json", "--progress-spinner", "off", "--timeout", NETWORK_S]
    osv = ["--vulnerability-service", "osv", "--osv-url", service]
    return [sys.executable, "-m", "pip_audit", *asked, *options, *osv]


def ignored_vulnerabilities(project: Path) -> Mapping[str, str]:
    """The reason for each that does not concern this project, by its id; each has to have one."""
    tools = tomllib.loads(project.read_text("utf-8")).get("tool", {})
    ignored: dict[str, str] = tools.get("forgesyte", {}).get("audit", {}).get("ignore", {})
    if not all(isinstance(reason, str) and reason.strip() for reason in ignored.values()):
        raise SystemExit(f"{project.name}: [tool.forgesyte.audit.ignore] needs a reason for each.")
    return ignored


def report(packages: list[dict[str, Any]], ignored: Mapping[str, str], required: bool) -> int:
    found = skipped = 0
    for package in packages:
        if "skip_reason" in package:
            skipped += 1
            print(f"{package['name']}: not audited: {package['skip_reason']}")
        for vulnerability in package.get("vulns", []):
            reasons = (ignored.get(key) for key in names(vulnerability))
            reason = next(filter(None, reasons), None)
            found += reason is None
            print(f"{package['name']} {package['version']}: {line(vulnerability, reason)}")
    print(f"{len(packages) - skipped} packages audited, {found} vulnerabilities.")
    if found:
        return 1
    if skipped or not packages:
        return not_audited(f"{skipped} packages are unknown to it", required)
    return 0


def names(vulnerability: Mapping[str, Any]) -> list[str]:
    return [vulnerability["id"], *vulnerability.get("aliases", [])]


def line(vulnerability: Mapping[str, Any], reason: str | None) -> str:
    told = " ".join(names(vulnerability))
    if reason is not None:
        return f"{told}: ignored: {reason}"
    fixed = ", ".join(vulnerability.get("fix_versions", [])) or "none"
    return f"{told} (fixed in: {fixed}) {vulnerability.get('description', '')[:120]}"


def not_audited(reason: str, required: bool) -> int:
    print(f"NOT AUDITED for known vulnerabilities, or not all: {reason}")
    return int(required)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
