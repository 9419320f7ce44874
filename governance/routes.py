"""Finds routes beyond the allowed ones, by following `include` from the root URL module."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from governance.config import RouteRules
from governance.literals import folded
from governance.problem import Problem
from governance.source import SourceFile, last_name

_WHY = "the API has the routes of its specification and no more"
_CONVERTER = re.compile(r"<\w+:(\w+)>")
_ASSIGNMENTS: tuple[type[ast.AST], ...] = (ast.AnnAssign, ast.Assign, ast.AugAssign)
_ROUTE_CALLS = {"path", "re_path", "url"}


class RouteCheck:
    """Works on the whole tree, because one module's routes hang below another's."""

    def __init__(self, rules: RouteRules) -> None:
        self._rules = rules

    def problems(self, sources: Mapping[str, SourceFile]) -> Iterator[Problem]:
        """`sources` are the Python files of the tree by name."""
        seen: set[ast.Call] = set()
        root = sources.get(self._rules.root_module)
        if root is not None:
            yield from self._module(root, "", sources, seen, ())
        for source in sources.values():
            for call in _route_calls(source):
                if call not in seen:
                    yield source.at_node(call, f"route {_route(call)}", f"outside the URLs: {_WHY}")

    def _module(
        self,
        source: SourceFile,
        prefix: str,
        sources: Mapping[str, SourceFile],
        seen: set[ast.Call],
        above: tuple[str, ...],
    ) -> Iterator[Problem]:
        for value in _urlpatterns(source):
            for element in value.elts if isinstance(value, ast.List | ast.Tuple) else [value]:
                if not isinstance(element, ast.Call) or last_name(element.func) != "path":
                    yield source.at_node(element, "unreadable route", f"only path(...): {_WHY}")
                    continue
                seen.add(element)
                route = prefix + _route(element)
                included = _included(element)
                if included is None:
                    if _CONVERTER.sub(r"<\1>", route) not in self._rules.allowed:
                        yield source.at_node(element, f"route /{route}", _WHY)
                elif included in above or included not in sources:
                    yield source.at_node(element, "unreadable route", f"include: {_WHY}")
                else:
                    below = (*above, source.name)
                    yield from self._module(sources[included], route, sources, seen, below)


def _urlpatterns(source: SourceFile) -> Iterator[ast.expr]:
    for node in source.nodes(*_ASSIGNMENTS):
        match node:
            case ast.Assign(targets=targets, value=value):
                if any(last_name(target) == "urlpatterns" for target in targets):
                    yield value
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                if last_name(target) == "urlpatterns":
                    yield value
            case ast.AugAssign(target=target, value=value):
                if last_name(target) == "urlpatterns":
                    yield value


def _route_calls(source: SourceFile) -> Iterator[ast.Call]:
    """Calls of what the module imported from django.urls, and registrations with a router."""
    names = set()
    for node in source.nodes(ast.ImportFrom):
        if (node.module or "").startswith("django"):
            names |= {a.asname or a.name for a in node.names if a.name in _ROUTE_CALLS}
    for name, call in source.calls():
        plain = isinstance(call.func, ast.Name) and name in names
        of_module = isinstance(call.func, ast.Attribute) and (
            name in _ROUTE_CALLS and last_name(call.func.value) == "urls"
        )
        if plain or of_module or name in ("DefaultRouter", "SimpleRouter"):
            yield call


def _route(call: ast.Call) -> str:
    route = next((k.value for k in call.keywords if k.arg == "route"), None)
    if route is None and call.args:
        route = call.args[0]
    return "(unreadable)" if route is None else folded(route) or _empty_or_unreadable(route)


def _empty_or_unreadable(route: ast.expr) -> str:
    return "" if folded(route) == "" else "(unreadable)"


def _included(call: ast.Call) -> str | None:
    """The file that a route includes, "" if that cannot be told, None for a view."""
    view = next((k.value for k in call.keywords if k.arg == "view"), None)
    if view is None and len(call.args) > 1:
        view = call.args[1]
    if not (isinstance(view, ast.Call) and last_name(view.func) == "include"):
        return None
    target = view.args[0] if view.args else None
    module = folded(target) if target is not None else None
    return f"{module.replace('.', '/')}.py" if module else ""
