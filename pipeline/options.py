"""Typed options of a tool: a frozen dataclass whose fields carry their own checks.

What concerns several fields is checked by a method `problems` of the class, if it has one.

The checks look at what YAML gave, so that `true` is not taken for 1 nor `"640"` for 640.
"""

import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields
from typing import Any, Protocol, TypeVar

Options = TypeVar("Options")


class Check(Protocol):
    """Says what is wrong with a value and what is allowed, or None if it is fine."""

    def problem(self, value: object) -> str | None: ...


@dataclass(frozen=True)
class Integer:
    minimum: int
    maximum: int
    multiple_of: int = 1

    def problem(self, value: object) -> str | None:
        if isinstance(value, int) and not isinstance(value, bool):
            in_range = self.minimum <= value <= self.maximum
            if in_range and value % self.multiple_of == 0:
                return None
        step = f" in steps of {self.multiple_of}" if self.multiple_of > 1 else ""
        allowed = f"allowed is a whole number from {self.minimum} to {self.maximum}{step}"
        return f"is {value!r}; {allowed}"


@dataclass(frozen=True)
class Number:
    minimum: float
    maximum: float

    def problem(self, value: object) -> str | None:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and self.minimum <= value <= self.maximum:  # type: ignore[operator]
            return None
        return f"is {value!r}; allowed is a number from {self.minimum:g} to {self.maximum:g}"


@dataclass(frozen=True)
class Choice:
    values: tuple[str, ...]

    def problem(self, value: object) -> str | None:
        if isinstance(value, str) and value in self.values:
            return None
        return f"is {value!r}; allowed is one of: {', '.join(self.values)}"


@dataclass(frozen=True)
class Text:
    """pattern must match the whole text; allowed describes it to a person."""

    pattern: str
    allowed: str

    def problem(self, value: object) -> str | None:
        if isinstance(value, str) and re.fullmatch(self.pattern, value):
            return None
        return f"is {value!r}; allowed is {self.allowed}"


def option(check: Check, default: Any = MISSING) -> Any:
    """A field of an options class; without a default the key is required."""
    return field(default=default, metadata={"check": check})


def parse_options(
    options_type: type[Options], raw: object
) -> tuple[Options | None, list[tuple[str, str]]]:
    """Turn the `options` of a node into `options_type`.

    Returns the options and no problems, or None and every problem as (key, what is wrong).
    """
    if not isinstance(raw, Mapping):
        return None, [("options", f"is {raw!r}; allowed is a mapping of option names to values")]
    known = {f.name: f for f in fields(options_type)}  # type: ignore[arg-type]
    problems = [
        (str(key), f"is not an option of this tool; allowed are: {', '.join(sorted(known))}")
        for key in raw
        if key not in known
    ]
    for name, known_field in known.items():
        if name not in raw:
            if known_field.default is MISSING:
                problems.append((name, "is missing; this tool requires it"))
        elif problem := known_field.metadata["check"].problem(raw[name]):
            problems.append((name, problem))
    if problems:
        return None, problems
    options = options_type(**{str(key): value for key, value in raw.items()})
    problems.extend(getattr(options, "problems", tuple)())
    return (None, problems) if problems else (options, [])
