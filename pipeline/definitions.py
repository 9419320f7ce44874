"""Pipeline definitions: YAML files, validated whole when loaded. Imports no vendor library.

description: what it is for
nodes:
  - id: detect
    tool: yolo.detect_objects
    options: {weights: text_yolo26.pt}
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from pipeline.config import PACKAGE_DIR
from pipeline.detect.weights import is_published
from pipeline.exceptions import InvalidDefinition, PipelineError, UnknownPipeline
from pipeline.options import parse_options
from pipeline.readers.tessdata import tessdata_folder
from pipeline.tools.registry import TOOLS

DEFINITIONS_DIR = PACKAGE_DIR / "pipelines"
# No dot and no slash: a pipeline id can never become another path.
ID_PATTERN = re.compile(r"[a-z][a-z0-9_]{0,63}", re.ASCII)


class Problem(NamedTuple):
    """One thing wrong with a definition; sortable, printed as `file: node: key: message`."""

    file: str
    node: str
    key: str
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in self if part)


@dataclass(frozen=True)
class NodeDefinition:
    id: str
    tool: str
    options: Any  # an instance of the tool's options class


@dataclass(frozen=True)
class PipelineDefinition:
    """nodes run on each frame one after the other, in this order."""

    id: str
    nodes: tuple[NodeDefinition, ...]


def known_pipelines(definitions_dir: Path = DEFINITIONS_DIR) -> list[str]:
    """The ids of all pipelines, sorted. Reads only the folder, so it is cheap."""
    return sorted(
        path.stem for path in definitions_dir.glob("*.yaml") if ID_PATTERN.fullmatch(path.stem)
    )


def descriptions(definitions_dir: Path = DEFINITIONS_DIR) -> dict[str, str]:
    """The description of each pipeline; "" for a file that has none or cannot be read."""
    found = {}
    for name in known_pipelines(definitions_dir):
        try:
            text = (definitions_dir / f"{name}.yaml").read_text(encoding="utf-8")
            raw = yaml.safe_load(text)
        except (yaml.YAMLError, UnicodeDecodeError, OSError):
            raw = None
        description = raw.get("description", "") if isinstance(raw, Mapping) else ""
        found[name] = description if isinstance(description, str) else ""
    return found


def load_definition(
    pipeline_id: str, definitions_dir: Path = DEFINITIONS_DIR
) -> PipelineDefinition:
    """Read and validate one definition.

    Raises UnknownPipeline, whose message lists the known ones, or InvalidDefinition, whose message
    has one line for each problem.
    """
    path = definitions_dir / f"{pipeline_id}.yaml"
    if not ID_PATTERN.fullmatch(pipeline_id) or not path.is_file():
        known = ", ".join(known_pipelines(definitions_dir)) or "none"
        raise UnknownPipeline(
            f"There is no pipeline {pipeline_id[:64]!r}. Known pipelines: {known}."
        )
    definition, problems = _read(path)
    if definition is None:
        raise InvalidDefinition("\n".join(map(str, sorted(problems))))
    return definition


def validate_all(
    definitions_dir: Path = DEFINITIONS_DIR, weights_dir: Path | None = None
) -> Iterator[Problem]:
    """Yield every problem of every definition; with weights_dir, missing weights and
    languages are some, too."""
    for path in sorted(definitions_dir.glob("*.y*ml")):
        if path.suffix != ".yaml" or not ID_PATTERN.fullmatch(path.stem):
            allowed = "small letters, digits and _, beginning with a letter, then .yaml"
            yield Problem(path.name, "", "", f"is not the name of a pipeline; allowed is {allowed}")
            continue
        definition, problems = _read(path)
        yield from sorted(problems)
        if definition is None or weights_dir is None:
            continue
        for node in definition.nodes:
            for key, message in _missing_files(node.options, weights_dir):
                yield Problem(path.name, node.id, key, message)


def _missing_files(options: Any, weights_dir: Path) -> Iterator[tuple[str, str]]:
    weights = getattr(options, "weights", None)
    if weights and not is_published(weights) and not (weights_dir / weights).is_file():
        yield "weights", f"{weights} is not in pipeline/weights"
    if getattr(options, "reader", "") == "tesseract":
        try:
            tessdata_folder(options.language)
        except PipelineError as error:
            yield "language", f"is {options.language!r}: {error}"


def _read(path: Path) -> tuple[PipelineDefinition | None, list[Problem]]:
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        return None, [Problem(path.name, f"line {line}", "", f"is not YAML: {error.problem}")]
    except (yaml.YAMLError, UnicodeDecodeError):
        return None, [Problem(path.name, "", "", "is not YAML in UTF-8")]
    except OSError as error:
        return None, [Problem(path.name, "", "", f"cannot be read: {error.strerror}")]
    problems = [Problem(path.name, "", *found) for found in _top_level_problems(raw)]
    nodes: list[NodeDefinition] = []
    if isinstance(raw, Mapping) and isinstance(raw.get("nodes"), list):
        for number, raw_node in enumerate(raw["nodes"], start=1):
            node, found = _read_node(raw_node, f"node {number}", path.name)
            problems.extend(found)
            nodes.extend([node] if node else [])
    if not problems:
        problems = list(_order_problems(nodes, path.name))
    if problems:
        return None, problems
    return PipelineDefinition(path.stem, tuple(nodes)), []


def _top_level_problems(raw: object) -> Iterator[tuple[str, str]]:
    if not isinstance(raw, Mapping):
        yield "", "is not a mapping; allowed are the keys description and nodes"
        return
    for key in raw:
        if key not in ("description", "nodes"):
            yield str(key), "is not known; allowed are the keys description and nodes"
    if not isinstance(raw.get("description", ""), str):
        yield "description", f"is {raw['description']!r}; allowed is a text"
    if not isinstance(raw.get("nodes"), list) or not raw["nodes"]:
        yield "nodes", "is missing or empty; allowed is a list with at least one node"


def _read_node(
    raw: object, position: str, file: str
) -> tuple[NodeDefinition | None, list[Problem]]:
    if not isinstance(raw, Mapping):
        return None, [Problem(file, position, "", "is not a mapping of id, tool and options")]
    node_id = raw.get("id")
    valid_id = isinstance(node_id, str) and ID_PATTERN.fullmatch(node_id)
    name = str(node_id) if valid_id else position
    found = [
        (str(key), "is not known; allowed are id, tool and options")
        for key in raw
        if key not in ("id", "tool", "options")
    ]
    if not valid_id:
        found.append(("id", f"is {node_id!r}; allowed are small letters, digits and _"))
    tool = raw.get("tool")
    spec = TOOLS.get(tool) if isinstance(tool, str) else None
    options = None
    given = {} if raw.get("options") is None else raw["options"]
    if spec is None:
        found.append(("tool", f"is {tool!r}; allowed is one of: {', '.join(sorted(TOOLS))}"))
    else:
        options, problems = parse_options(spec.options_type, given)
        found.extend(problems)
    if found:
        return None, [Problem(file, name, key, message) for key, message in found]
    return NodeDefinition(name, str(tool), options), []


def _order_problems(nodes: list[NodeDefinition], file: str) -> Iterator[Problem]:
    """What no node can know alone: ids that repeat, and readers before any detector."""
    seen: set[str] = set()
    provided: set[str] = set()
    for node in nodes:
        if node.id in seen:
            yield Problem(file, node.id, "id", "is used twice; each node needs an id of its own")
        provides = TOOLS[node.tool].provides
        if provides == "text" and "text" in provided:
            yield Problem(file, node.id, "tool", "a second node writes the text; allowed is one")
        if "text" in provided and provides != "text":
            yield Problem(file, node.id, "tool", "comes after the text was read; allowed is before")
        if getattr(node.options, "reader", "") == "tesseract" and "detections" not in provided:
            message = "is 'tesseract', but no node before finds any text; allowed here is: ppocr"
            yield Problem(file, node.id, "reader", message)
        seen.add(node.id)
        provided.add(provides)
