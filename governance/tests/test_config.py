"""The rules are validated whole: every fault is told with its file and key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from governance.config import RULES_FILE, load
from governance.exceptions import InvalidRules

Change = Callable[[dict[str, Any]], object]

FAULTS: dict[str, tuple[Change, str]] = {
    "missing mapping": (lambda r: r.pop("job_model"), "job_model: is missing"),
    "missing key": (lambda r: r.pop("terms"), "terms: is missing"),
    "unknown key": (lambda r: r.update(excluded_files=["x.py"]), "excluded_files: unknown key"),
    "empty list": (lambda r: r.update(terms=[]), "terms: must be a list with at least one entry"),
    "no list": (
        lambda r: r.update(functional_folders="jobs"),
        "functional_folders: must be a list with at least one entry",
    ),
    "no mapping": (lambda r: r.update(job_model=["x"]), "job_model: must be a mapping"),
    "term without a reason": (lambda r: r["terms"][1].pop("why"), "terms[1].why: is missing"),
    "term with an empty reason": (
        lambda r: r["terms"][1].update(why=" "),
        "terms[1].why: ' ' is not of the form",
    ),
    "term that is no mapping": (lambda r: r["terms"].append("sse"), "terms[7]: must be a mapping"),
    "term that is nothing": (lambda r: r["terms"].append(None), "terms[7]: must be a mapping"),
    "spelling in capitals": (
        lambda r: r["terms"][0].update(spellings=["WebSocket"]),
        "terms[0].spellings[0]: 'WebSocket' is not of the form",
    ),
    "number for a text": (
        lambda r: r["terms"][0].update(spellings=[5]),
        "terms[0].spellings[0]: must be a text, not 5",
    ),
    "spelling given twice": (
        lambda r: r["terms"][1].update(spellings=["sse", "sse"]),
        "terms[1].spellings[1]: 'sse' stands there twice",
    ),
    "unknown key of a term": (
        lambda r: r["terms"][2].update(except_in=["x"]),
        "terms[2].except_in: unknown key",
    ),
    "module with a slash": (
        lambda r: r["imports"][0].update(modules=["a/b"]),
        "imports[0].modules[0]: 'a/b' is not of the form",
    ),
    "folder outside the tree": (
        lambda r: r.update(functional_folders=["../x"]),
        "functional_folders[0]: '../x' is not of the form",
    ),
    "statuses missing": (
        lambda r: r["job_model"].pop("statuses"),
        "job_model.statuses: is missing",
    ),
    "route with a converter": (
        lambda r: r["routes"].update(allowed=["a/<str:b>"]),
        "routes.allowed[0]: 'a/<str:b>' is not of the form",
    ),
    "schemes missing": (lambda r: r.update(url_schemes={"why": "x"}), "url_schemes.schemes: is"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_with_file_and_key(tmp_path: Path, fault: str) -> None:
    change, message = FAULTS[fault]
    rules = yaml.safe_load(RULES_FILE.read_text())
    change(rules)
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump(rules))
    with pytest.raises(InvalidRules) as caught:
        load(file)
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{file}: {message}")


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    rules = yaml.safe_load(RULES_FILE.read_text())
    rules["terms"][0]["name"] = 1
    del rules["imports"], rules["routes"]["allowed"]
    rules["x"] = 1
    file = tmp_path / "rules.yaml"
    file.write_text(yaml.safe_dump(rules))
    with pytest.raises(InvalidRules) as caught:
        load(file)
    assert str(caught.value).splitlines() == [
        f"{file}: terms[0].name: must be a text, not 1",
        f"{file}: imports: is missing",
        f"{file}: routes.allowed: is missing",
        f"{file}: x: unknown key",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "the file: must be a mapping"),
        ("- terms", "the file: must be a mapping"),
        ("terms: [", "not readable as YAML"),
        ("terms: [a]\nterms: [b]\n", "the key 'terms' stands there twice"),
        ("x: !!python/object/apply:os.getcwd []", "not readable as YAML"),
    ],
)
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, content: str, message: str) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(content)
    with pytest.raises(InvalidRules, match=message) as caught:
        load(file)
    assert str(file) in str(caught.value)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidRules, match=r"x\.yaml: No such file or directory"):
        load(tmp_path / "x.yaml")
