"""The hostile files of a run: the same number and seed give the same file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from random import Random

from forgesyte.faults.hostile import bombs, fields, forgeries, mutations
from forgesyte.faults.hostile.canary import Canary
from forgesyte.faults.hostile.seeds import seeds

Mutation = Callable[[bytes, Random], bytes]
Forgery = Callable[[Canary, Random], bytes]

_MUTATIONS: tuple[Mutation, ...] = (
    mutations.bits,
    mutations.bits_of_the_index,
    mutations.bits_of_the_frames,
    mutations.cut,
    mutations.spliced,
    mutations.box_sizes,
    mutations.box_order,
    mutations.numbers,
    fields.dimensions,
    fields.frame_counts,
    fields.time_bases,
    fields.frame_times,
    fields.offsets,
    fields.codecs,
    fields.rotations,
    fields.without_video,
)
_FORGERIES: tuple[Forgery, ...] = (
    bombs.bombs,
    forgeries.containers,
    forgeries.playlists,
    forgeries.polyglots,
    forgeries.external_data,
    forgeries.no_picture,
    forgeries.structures,
)
MUTATIONS = {function.__name__: function for function in _MUTATIONS}
FORGERIES = {function.__name__: function for function in _FORGERIES}
COMBINED = "combined"
FAMILIES = (*MUTATIONS, *FORGERIES, COMBINED)
# Changed so that decoders come to see them more often: small, and of each codec.
PREFERRED = ("mp4v", "vp09", "MJPG")


@dataclass(frozen=True)
class HostileFile:
    number: int
    family: str
    content: bytes


def hostile_file(number: int, seed: int, canary: Canary) -> HostileFile:
    """File `number` of a run. The families take turns."""
    chance = Random(f"{seed}/{number}")  # noqa: S311  # nosec B311 # repeatable
    family = FAMILIES[number % len(FAMILIES)]
    if family in FORGERIES:
        return HostileFile(number, family, FORGERIES[family](canary, chance))
    names = sorted(seeds())
    content = seeds()[chance.choice([*PREFERRED, *PREFERRED, *names])]
    if family in MUTATIONS:
        return HostileFile(number, family, MUTATIONS[family](content, chance))
    for name in chance.choices(sorted(MUTATIONS), k=chance.randint(2, 4)):
        # What one change has taken away, another cannot change.
        with suppress(IndexError, ValueError):
            content = MUTATIONS[name](content, chance)
    return HostileFile(number, family, content)
