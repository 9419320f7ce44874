"""Files that are made up: none of them is the video that it says it is."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from random import Random

from forgesyte.faults.hostile.bombs import FTYP
from forgesyte.faults.hostile.boxes import box, found, replaced
from forgesyte.faults.hostile.canary import Canary
from forgesyte.faults.hostile.seeds import others, seeds

PICTURES = {
    "png": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\xff\xff\0\0\xff\xff\x08\x02\0\0\0",
    "gif": b"GIF89a\xff\xff\xff\xff\x80\0\0",
    "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0",
    "wav": b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0data",
    "zip": b"PK\3\4\x14\0\0\0\0\0",
    "elf": b"\x7fELF\2\1\1\0",
    "pdf": b"%PDF-1.7\n",
}


def containers(canary: Canary, chance: Random) -> bytes:
    """Another container or a picture named .mp4, as it is or behind the head of an MP4."""
    kinds = {**others(), **{name: head + bytes(200) for name, head in PICTURES.items()}}
    content = kinds[chance.choice(sorted(kinds))]
    return _in_front(content, chance)


def playlists(canary: Canary, chance: Random) -> bytes:
    """A list of files and addresses to be played instead."""
    target = _target(canary, chance)
    lists: list[str] = [
        f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{target}\n#EXT-X-ENDLIST\n",
        f'#EXTM3U\n#EXT-X-KEY:METHOD=AES-128,URI="{target}"\n#EXTINF:1,\n{target}\n',
        f'#EXTM3U\n#EXT-X-MAP:URI="{target}"\n#EXTINF:1,\nconcat:{target}|{target}\n',
        f"ffconcat version 1.0\nfile '{target}'\n",
        f"ffconcat version 1.0\nfile 'subfile,,start,0,end,99,,:{target}'\n",
        f"#EXTM3U\n#EXTINF:1,\ndata:text/plain,{target}\n",
        '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period>'
        '<AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1">'
        f"<BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>",
        f"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\na={target}\n",
        f"[playlist]\nFile1={target}\nNumberOfEntries=1\n",
        f'<!DOCTYPE x [<!ENTITY e SYSTEM "{target}">]><x>&e;</x>',
    ]
    return _in_front(chance.choice(lists).encode(), chance)


def polyglots(canary: Canary, chance: Random) -> bytes:
    """An MP4 that is something else too, in front, within and behind."""
    video = seeds()[chance.choice(sorted(seeds()))]
    other = chance.choice([*PICTURES.values(), b"<script>alert(1)</script>", b"#!/bin/sh\nexit\n"])
    head = int.from_bytes(video[:4], "big")
    within = other + bytes(chance.randrange(2000))
    choices = [
        video + other * 3,
        box(b"ftyp", video[8:head], other, bytes(-len(other) % 4)) + video[head:],
        video + box(b"free", within),
        video + box(b"uuid", within),
        box(b"free", within) + video,
        other + video,
    ]
    return chance.choice(choices)


def external_data(canary: Canary, chance: Random) -> bytes:
    """A track whose frames are said to lie in another file or at an address (§8.7.2, QuickTime)."""
    video = seeds()[chance.choice(sorted(set(seeds()) - {"fragmented"}))]
    target = _target(canary, chance)
    name = target.encode()
    alias = bytearray(150)
    alias[10:38] = b"\x03dev".ljust(28, b"\0")
    alias[50 : 51 + min(len(name), 63)] = bytes([min(len(name), 63)]) + name[-63:]
    path = (
        b"\0\x02" + len(name).to_bytes(2, "big") + name + b"\0" * (len(name) % 2) + b"\xff\xff\0\0"
    )
    entries = [
        box(b"url ", bytes(4), name, b"\0"),
        box(b"urn ", bytes(4), b"x\0", name, b"\0"),
        box(b"alis", bytes(4), bytes(alias), path),
    ]
    entry = chance.choice(entries)
    dref = box(b"dref", bytes(4), (1).to_bytes(4, "big"), entry)
    return replaced(video, found(video, b"dref")[0], dref)


def no_picture(canary: Canary, chance: Random) -> bytes:
    """An index without a video track: of sound alone, empty, or with no frames in it."""
    video = seeds()[chance.choice(["tiny", "mp4v"])]
    moov, trak = found(video, b"moov")[0], found(video, b"trak")[0]
    sound = video[trak.at : trak.end].replace(b"vide", b"soun").replace(b"mp4v", b"mp4a")
    choices: list[Callable[[], bytes]] = [
        lambda: replaced(video, trak, sound),
        lambda: replaced(video, trak, sound * chance.choice([2, 500])),
        lambda: replaced(video, moov, box(b"moov")),
        lambda: FTYP + box(b"moov", box(b"mvhd", bytes(100))),
        lambda: FTYP + box(b"mdat", bytes(5000)),
        lambda: FTYP,
        lambda: FTYP + bytes(8),
    ]
    return chance.choice(choices)()


def structures(canary: Canary, chance: Random) -> bytes:
    """Boxes in boxes in boxes, hundreds of tracks, and indexes that unpack to gigabytes."""
    video = seeds()["mp4v"]
    moov, trak = found(video, b"moov")[0], found(video, b"trak")[0]
    raw, index = video[trak.at : trak.end], video[moov.at : moov.end]
    kind = chance.choice(["deep", "many", "packed", "boxes", "small fragments"])
    if kind == "deep":
        nested = raw
        for _ in range(chance.choice([20, 2000])):
            nested = box(chance.choice([b"trak", b"moov", b"udta", b"meta", b"stsd"]), nested)
        return replaced(video, trak, nested)
    if kind == "many":
        return replaced(video, trak, raw * chance.choice([100, 1500]))
    if kind == "packed":
        size = chance.choice([len(index), 2**31 - 1, 2**32 - 1]).to_bytes(4, "big")
        content = chance.choice([index, bytes(20_000_000)])
        packed = box(b"cmvd", size, zlib.compress(content))
        cmov = box(b"cmov", box(b"dcom", b"zlib"), packed)
        return replaced(video, moov, box(b"moov", cmov, raw if chance.random() < 0.5 else b""))
    if kind == "boxes":
        return video[: moov.at] + box(b"free") * 200_000 + index
    run = box(b"trun", b"\0\0\2\1", chance.choice([1, 2**31]).to_bytes(4, "big"), bytes(8))
    head = box(b"tfhd", bytes(4), (1).to_bytes(4, "big"))
    return video + box(b"moof", box(b"mfhd", bytes(8)), box(b"traf", head, run)) * 5000


def _target(canary: Canary, chance: Random) -> str:
    """The ways to the canary; that from `video_jobs` is two folders up."""
    up = "../" * chance.choice([1, 2, 3]) + canary.file.name
    return chance.choice(
        [str(canary.file), f"file://{canary.file}", f"file:{up}", up, canary.address]
    )


def _in_front(content: bytes, chance: Random) -> bytes:
    """The content as it is, or so that the upload check takes it for an MP4."""
    disguises = [
        content,
        FTYP + content,
        b"\n\0\0\0ftyp" + content,
        content[:4].ljust(4, b"\n") + b"ftyp" + content,
        FTYP + box(b"mdat", content) + seeds()["mp4v"],
    ]
    return chance.choice(disguises)
