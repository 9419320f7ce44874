"""OpenAPI: which routes the schema shows."""

from __future__ import annotations

from typing import Any

Endpoint = tuple[str, str, str, Any]


def only_v1(endpoints: list[Endpoint]) -> list[Endpoint]:
    """The routes below `/v1`; `/video/...` are the same ones under another name."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/v1/")]
