"""One figure for each kind of hostile request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from forgesyte.benchmarks.figures import Measurement, milliseconds
from forgesyte.faults.requests import clients, form_shapes, head_shapes, shapes
from forgesyte.faults.requests.mutations import mutations
from forgesyte.faults.requests.others import Others
from forgesyte.faults.requests.shapes import Shape
from forgesyte.faults.requests.site import Site, fault_of
from forgesyte.faults.requests.wire import Malformed, Reply, exchange, replies
from forgesyte.installation import Installation

BY_HAND = {
    "methods": shapes.methods,
    "names": shapes.names,
    "lengths": head_shapes.lengths,
    "headers": head_shapes.headers,
    "bodies": form_shapes.bodies,
}
STAGES = (*BY_HAND, "mutations", "leaving", "slow")
MOST_TOLD = 10


def measure(
    folder: Path,
    video: Path,
    *,
    seed: int,
    count: int,
    slow_clients: int,
    seconds: float,
    within_s: float | None = None,
    stages: Sequence[str] = STAGES,
) -> Iterator[Measurement]:
    """`count` mutations; `slow_clients` for `seconds`. Others are answered within `within_s`, if
    that is given."""
    with Installation(folder / "data") as installation:
        installation.start_api()
        site = Site(installation, video)
        for name in stages:
            with Others(site.port, site.status_path) as others:
                if name in BY_HAND:
                    found = _ask(site, BY_HAND[name]())
                elif name == "mutations":
                    found = _ask(site, mutations(count, seed, site.job_id))
                elif name == "leaving":
                    found = {"requests": clients.leave(site.port, slow_clients), "unclear": []}
                else:
                    found = _slow(site, slow_clients, seconds)
            yield _figure(name, found, others, site, within_s)


def _ask(site: Site, asked: Iterable[Shape]) -> dict[str, Any]:
    statuses: Counter[str] = Counter()
    unclear: list[str] = []
    for shape in asked:
        statuses_of_one, fault = _answers(site, shape)
        statuses.update(statuses_of_one)
        if fault is not None:
            unclear.append(f"{shape.name}: {fault}")
    site.accepted += statuses["202"]
    return {"requests": statuses.total(), "statuses": dict(statuses), "unclear": unclear}


def _answers(site: Site, shape: Shape) -> tuple[list[str], str | None]:
    """The statuses of the answers, and what is wrong with one of them."""
    try:
        given = _parsed(exchange(site.port, shape.data), shape)
    except (Malformed, OSError, ValueError) as error:
        return ["broken"], f"{type(error).__name__}: {error}"
    if not given:
        hung_up = shape.allowed is None or shape.may_be_incomplete
        return ["none"], None if hung_up else "no answer"
    faults = (fault_of(shape, reply, site.secrets) for reply in given)
    return [str(reply.status) for reply in given], next(filter(None, faults), None)


def _parsed(received: bytes, shape: Shape) -> list[Reply]:
    """Whether a broken HEAD was one the server knows better than whoever broke it."""
    try:
        return list(replies(received, shape.method))
    except Malformed:
        if shape.method == "HEAD" and shape.may_be_incomplete:
            return list(replies(received))
        raise


def _slow(site: Site, count: int, seconds: float) -> dict[str, Any]:
    ends = clients.slow(site.port, count, seconds)
    unclear = [
        f"{kind}: {end}"
        for kind in clients.SENDERS
        for end in sorted(set(ends[kind]) - {"waited for"})
    ]
    return {"requests": count, "ends": ends, "unclear": unclear}


def _figure(
    name: str, found: dict[str, Any], others: Others, site: Site, within_s: float | None
) -> Measurement:
    left, unforeseen = site.left(), site.unforeseen()
    unclear = [*found.pop("unclear"), *(f"others: {told}" for told in others.unclear), *unforeseen]
    in_time = within_s is None or max(others.seconds) <= within_s
    return {
        "fault": "requests",
        "stage": name,
        **found,
        "unclear": unclear[:MOST_TOLD],
        "others": {"answers": len(others.seconds), **milliseconds(others.seconds)},
        "left": left,
        "ok": not unclear and not any(left.values()) and in_time,
    }
