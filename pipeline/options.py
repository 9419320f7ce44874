"""Typed options of a tool: a frozen dataclass whose fields carry their own checks.

What concerns several fields is checked by a method `problems` of the class, if it has one.

The checks look at what YAML gave, so that `true` is not taken for 1 nor `"640"` for 640.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, field, fields
from typing import Any, TypeVar

Options = TypeVar("Options")


Check = Callable[[Any], str | None]
"""Says what is wrong with a value and what is allowed, or None if it is fine."""


def _check(allows: Callable[[Any], bool], allowed: str) -> Check:
    return lambda value: None if allows(value) else f"is {value!r}; allowed is {allowed}"


def integer(minimum: int, maximum: int, multiple_of: int = 1) -> Check:
    step = f" in steps of {multiple_of}" if multiple_of > 1 else ""
    return _check(
        lambda value: type(value) is int
        and minimum <= value <= maximum
        and value % multiple_of == 0,
        f"a whole number from {minimum} to {maximum}{step}",
    )


def number(minimum: float, maximum: float) -> Check:
    return _check(
        lambda value: type(value) in (int, float) and minimum <= value <= maximum,
        f"a number from {minimum:g} to {maximum:g}",
    )


def choice(*values: str) -> Check:
    return _check(lambda value: value in values, f"one of: {', '.join(values)}")


def text(pattern: str, allowed: str) -> Check:
    """pattern must match the whole text; allowed describes it to a person."""
    return _check(
        lambda value: isinstance(value, str) and bool(re.fullmatch(pattern, value)), allowed
    )


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
        elif problem := known_field.metadata["check"](raw[name]):
            problems.append((name, problem))
    if problems:
        return None, problems
    options = options_type(**{str(key): value for key, value in raw.items()})
    problems.extend(getattr(options, "problems", tuple)())
    return (None, problems) if problems else (options, [])
