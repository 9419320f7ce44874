"""Collect the photographs that stand behind the generated text from unpacked Debian packages.

What shows text was dropped by eye.
"""

import hashlib
import io
import struct
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from PIL import Image

LIST = Path(__file__).with_name("photographs.yaml")
_JPEG, _RIFF = b"\xff\xd8\xff", b"RIFF"
_LONGEST_JPEG = 4_000_000

Found = Iterator[tuple[str, Image.Image]]
"""Names without endings, and pictures."""


class PackageMissing(Exception):
    """A package is not unpacked."""


def _from_files(package: Path, entry: dict[str, Any]) -> Found:
    for pattern in entry["files"]:
        for path in sorted(package.glob(pattern)):
            if entry.get("not_in", "") in path.parts:
                continue
            name = path.parts[-4] if entry.get("name_of_parent") else path.stem
            yield name, Image.open(io.BytesIO(path.read_bytes()))


def _from_archive(package: Path, entry: dict[str, Any]) -> Found:
    """Yield the pictures of a zip file whose paths lie in the folders named."""
    with zipfile.ZipFile(package / entry["archive"]) as archive:
        for folder in entry["folders"]:
            inside = sorted(n for n in archive.namelist() if str(Path(n).parent) == folder)
            for name in inside:
                if Path(name).suffix in {".jpg", ".png", ".tga"}:
                    yield Path(name).stem, Image.open(io.BytesIO(archive.read(name)))


def _embedded(data: bytes) -> Iterator[bytes]:
    """Yield what may be WebP or JPEG files inside a Qt resource file."""
    for magic in (_RIFF, _JPEG):
        start = data.find(magic)
        while start >= 0:
            end = start + _LONGEST_JPEG
            if magic == _RIFF:
                end = start + 8 + int(struct.unpack("<I", data[start + 4 : start + 8])[0])
            yield data[start:end]
            start = data.find(magic, start + 3)


def _from_resources(package: Path, entry: dict[str, Any]) -> Found:
    """Yield the pictures in Qt resource files, named after their content."""
    for path in sorted(package.glob(entry["resources"])):
        for piece in _embedded(path.read_bytes()):
            try:
                image = Image.open(io.BytesIO(piece))
                image.load()
            except (ImportError, OSError, SyntaxError, ValueError):
                continue  # ImportError: of ultralytics, whose own Image.open wants more formats
            small = image.convert("RGB").resize((8, 8)).tobytes()
            digest = hashlib.md5(small, usedforsecurity=False).hexdigest()
            yield f"{path.stem}_{digest[:10]}", image


_READERS = {"files": _from_files, "archive": _from_archive, "resources": _from_resources}


def _opaque(image: Image.Image) -> bool:
    coverage = image.convert("RGBA").getchannel("A").resize((16, 16))
    return min(coverage.tobytes()) > 200


def _wanted(entry: dict[str, Any], name: str, image: Image.Image) -> bool:
    keep = entry["keep"].split() if "keep" in entry else [name]
    if name in entry.get("drop", "").split() or name not in keep:
        return False
    cut_out = entry["kind"] == "objects"
    return min(image.size) >= entry.get("min_side", 0) and not (cut_out and _opaque(image))


def collect(unpacked: Path, folder: Path) -> dict[str, int]:
    """Write the scenes, textures and objects of the list to `folder`; return how many of each.

    `unpacked` holds one folder for each package of `photographs.yaml`, as `dpkg -x` leaves it.
    Raises PackageMissing.
    """
    counts: dict[str, int] = defaultdict(int)
    for entry in yaml.safe_load(LIST.read_text(encoding="utf-8")):
        package, kind = unpacked / entry["package"], entry["kind"]
        if not package.is_dir():
            raise PackageMissing(f"{package.name} is not unpacked: apt-get download {package.name}")
        (folder / kind).mkdir(parents=True, exist_ok=True)
        mode, ending = ("RGBA", "png") if kind == "objects" else ("RGB", "jpg")
        reader = next(reader for key, reader in _READERS.items() if key in entry)
        for name, image in reader(package, entry):
            if _wanted(entry, name, image):
                image = image.convert(mode)
                image.thumbnail((entry["max_side"],) * 2)
                path = folder / kind / f"{entry.get('prefix', '')}{name}.{ending}"
                image.save(path, quality=90)
                counts[kind] += 1
    return dict(counts)
