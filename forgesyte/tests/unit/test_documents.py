"""What the documents say against what the tree holds."""

from __future__ import annotations

import ast
import dataclasses
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from forgesyte.tests.documents import (
    DOCUMENTS,
    ENDPOINTS,
    EXAM,
    MIGRATION_GUIDE,
    OPERATIONS,
    PHASE_16,
    ROOT,
    blocks,
    code_spans,
    links,
    named_paths,
    prose,
    table_rows,
)
from pipeline.exceptions import PipelineProcessDied
from pipeline.tools.registry import DetectObjectsOptions, ExtractTextOptions

UNFINISHED = re.compile(r"\b(TODO|FIXME|TBD|XXX|coming soon|not yet implemented)\b", re.IGNORECASE)
LANGUAGES = {"sh", "json", "http", "python", "mermaid", "nginx", "ini", "text"}
QUESTIONS = 20

documents = pytest.mark.parametrize(
    "path", DOCUMENTS, ids=[str(path.relative_to(ROOT)) for path in DOCUMENTS]
)


def test_overview_exists() -> None:
    assert_document(PHASE_16 / "PHASE_16_OVERVIEW.md")


def test_architecture_exists() -> None:
    assert_document(PHASE_16 / "PHASE_16_ARCHITECTURE.md")


def test_endpoints_doc_exists() -> None:
    assert_document(ENDPOINTS)


def test_contributor_exam_exists() -> None:
    assert_document(EXAM)


def test_migration_guide_exists() -> None:
    assert_document(MIGRATION_GUIDE)


def test_release_notes_exist() -> None:
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert f"## {version[1]}\n" in (ROOT / "docs" / "RELEASE_NOTES.md").read_text()


def test_the_overview_leads_to_every_document() -> None:
    linked = {Path(link).name for link in links(PHASE_16 / "PHASE_16_OVERVIEW.md")}
    missing = {path.name for path in DOCUMENTS} - linked
    assert missing == {"PHASE_16_OVERVIEW.md"}


def test_the_site_of_the_documents_is_built_without_a_broken_link(tmp_path: Path) -> None:
    """Not --quiet: then --strict counts no warnings."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path)]
    done = subprocess.run(
        [*command, "--config-file", "requirements/mkdocs.yml"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@documents
def test_named_paths_exist(path: Path) -> None:
    for name in named_paths(prose(path)):
        assert (ROOT / name).exists(), f"{name}: there is no such file or folder"


@documents
def test_nothing_is_unfinished(path: Path) -> None:
    found = UNFINISHED.search(path.read_text(encoding="utf-8"))
    assert found is None, f"{found} in {path.name}"


@documents
def test_blocks_are_closed_and_of_known_languages(path: Path) -> None:
    assert path.read_text(encoding="utf-8").count("\n```") == 2 * len(blocks(path))
    assert {block.language for block in blocks(path)} <= LANGUAGES


def test_the_exam_has_20_questions_and_answers_with_files() -> None:
    questions, answers = (numbered(part) for part in prose(EXAM).split("## Answer key"))
    assert list(questions) == list(answers) == list(range(1, QUESTIONS + 1))
    assert all("?" in question for question in questions.values())
    for number, answer in answers.items():
        files = [name for name in named_paths(answer) if (ROOT / name).is_file()]
        files += [name for name in code_spans(answer) if name == ".pre-commit-config.yaml"]
        assert files, f"answer {number} names no file"


def test_the_documented_settings_are_those_of_the_environment() -> None:
    rows = [code_spans(row[0]) for row in table_rows(OPERATIONS, "Settings")][1:]
    source = (ROOT / "forgesyte" / "env.py").read_text()
    assert [name for names in rows for name in names] == re.findall(r'"(FORGESYTE_\w+)"', source)


def test_documented_failures_are_messages_of_the_code() -> None:
    """A message is in a string or a docstring of the code, but for its `<...>`."""
    texts = [text for folder in ("jobs", "pipeline") for text in constants(ROOT / folder)]
    # These are put together from parts.
    texts += [str(PipelineProcessDied("SIGALRM"))]
    texts += [str(PipelineProcessDied("<name>")), str(PipelineProcessDied(exit_code=-999))]
    messages = [code_spans(row[1]) for row in table_rows(ENDPOINTS, "Why a job fails")][1:]
    assert len(messages) > 30
    for (message,) in messages:
        for part in filter(None, (part.strip() for part in re.split(r"<\w+>", message))):
            assert any(part in text for text in texts), f"{part!r} of {message!r} is not there"


def assert_document(path: Path) -> None:
    """It begins with its title and has more than that."""
    text = path.read_text(encoding="utf-8")
    assert re.match(r"# \S.*\n\n\S", text)
    assert text.count("\n## ") > 1


def numbered(text: str) -> dict[int, str]:
    """The items of the numbered lists."""
    items = re.findall(r"^(\d+)\. (.*?)(?=^\d+\. |^#|\Z)", text, re.MULTILINE | re.DOTALL)
    return {int(number): item for number, item in items}


def constants(folder: Path) -> list[str]:
    """All strings in the code of a folder; those written side by side are one."""
    sources = [path for path in folder.rglob("*.py") if "tests" not in path.parts]
    nodes = [node for path in sources for node in ast.walk(ast.parse(path.read_text()))]
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


@pytest.mark.parametrize("options_type", [DetectObjectsOptions, ExtractTextOptions])
def test_every_option_is_documented_with_its_default(options_type: type[Any]) -> None:
    text = (PHASE_16.parent / "PIPELINES.md").read_text(encoding="utf-8")

    for field in dataclasses.fields(options_type):
        default = "required" if field.default is dataclasses.MISSING else f"{field.default}"
        assert re.search(rf"\| `{field.name}` \| `?{default}`? \|", text), field.name
