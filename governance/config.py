"""The rules: a YAML file, validated whole when loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from governance.exceptions import InvalidRules
from governance.fields import Fields
from governance.unique_keys import UniqueKeyLoader

RULES_FILE = Path(__file__).with_name("forbidden_vocabulary_phase16.yaml")

WORDS = r"[a-z0-9]+( [a-z0-9]+)*"
NAME = r"[a-z][a-z0-9_]*"
FOLDER = r"[\w-]+"
MODULE = r"[A-Za-z_]\w*(\.\w+)*"
FILE = r"[\w-]+(/[\w-]+)*\.py"
ROUTE = r"([\w-]+|<\w+>)?(/([\w-]+|<\w+>))*/?"


@dataclass(frozen=True, slots=True)
class Term:
    """A forbidden term; each spelling is its words, lower case, parted by one space."""

    name: str
    why: str
    spellings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Things that are out for the same reason: modules, URL schemes or file names."""

    members: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class JobModelRules:
    table: str
    columns: frozenset[str]
    status_class: str
    statuses: frozenset[str]
    base_module: str


@dataclass(frozen=True, slots=True)
class RouteRules:
    root_module: str
    allowed: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rules:
    functional_folders: tuple[str, ...]
    other_folders: tuple[str, ...]
    terms: tuple[Term, ...]
    imports: tuple[Group, ...]
    url_schemes: Group
    file_names: Group
    document_suffixes: tuple[str, ...]
    job_model: JobModelRules
    routes: RouteRules


def load(path: Path = RULES_FILE) -> Rules:
    """The rules in `path`. Raises InvalidRules, which names every fault at once."""
    try:
        text = path.read_text("utf-8")
        content = yaml.load(text, UniqueKeyLoader)  # noqa: S506  # nosec B506 # a safe one
    except OSError as error:
        raise InvalidRules(f"{path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidRules(f"{path}: not readable as YAML: {error}") from error
    fields = Fields(content, "")
    rules = _rules(fields)
    fields.finish()
    if fields.faults:
        raise InvalidRules("\n".join(f"{path}: {fault}" for fault in fields.faults))
    return rules


def _rules(fields: Fields) -> Rules:
    return Rules(
        functional_folders=fields.texts("functional_folders", FOLDER),
        other_folders=fields.texts("other_folders", FOLDER),
        terms=tuple(map(_term, fields.children("terms"))),
        imports=tuple(_group(child, "modules", MODULE) for child in fields.children("imports")),
        url_schemes=_group(fields.child("url_schemes"), "schemes", NAME),
        file_names=_group(fields.child("file_names"), "patterns", r"[\w.*-]+"),
        document_suffixes=fields.texts("document_suffixes", r"\.[a-z]+"),
        job_model=_job_model(fields.child("job_model")),
        routes=_routes(fields.child("routes")),
    )


def _term(fields: Fields) -> Term:
    term = Term(fields.text("name", NAME), fields.text("why"), fields.texts("spellings", WORDS))
    fields.finish()
    return term


def _group(fields: Fields, key: str, pattern: str) -> Group:
    group = Group(fields.texts(key, pattern), fields.text("why"))
    fields.finish()
    return group


def _job_model(fields: Fields) -> JobModelRules:
    rules = JobModelRules(
        table=fields.text("table", NAME),
        columns=frozenset(fields.texts("columns", NAME)),
        status_class=fields.text("status_class", r"\w+"),
        statuses=frozenset(fields.texts("statuses", NAME)),
        base_module=fields.text("base_module", FILE),
    )
    fields.finish()
    return rules


def _routes(fields: Fields) -> RouteRules:
    rules = RouteRules(
        root_module=fields.text("root_module", FILE),
        allowed=frozenset(fields.texts("allowed", ROUTE)),
    )
    fields.finish()
    return rules
