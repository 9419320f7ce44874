"""Collect the photographs that stand behind the generated text from unpacked Debian packages.

What shows text was dropped by eye.
"""

import hashlib
import io
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


class PackageMissing(Exception):
    """A package is not unpacked."""


def _files(package: Path, entry: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    """Yield names without endings, and contents: of files, of those in folders of a zip archive,
    or of what may be a picture inside a Qt resource file.
    """
    for pattern in entry.get("files", ()):
        for path in sorted(package.glob(pattern)):
            if entry.get("not_in", "") not in path.parts:
                name = path.parts[-4] if entry.get("name_of_parent") else path.stem
                yield name, path.read_bytes()
    if "archive" in entry:
        with zipfile.ZipFile(package / entry["archive"]) as archive:
            for folder in entry["folders"]:
                for name in sorted(n for n in archive.namelist() if str(Path(n).parent) == folder):
                    if Path(name).suffix in {".jpg", ".png", ".tga"}:
                        yield Path(name).stem, archive.read(name)
    for path in sorted(package.glob(entry["resources"])) if "resources" in entry else ():
        for piece in _embedded(path.read_bytes()):
            yield path.stem, piece


def _embedded(data: bytes) -> Iterator[bytes]:
    """Yield what may be WebP or JPEG files."""
    for magic in (_RIFF, _JPEG):
        start = data.find(magic)
        while start >= 0:
            end = start + _LONGEST_JPEG
            if magic == _RIFF:
                end = start + 8 + int.from_bytes(data[start + 4 : start + 8], "little")
            yield data[start:end]
            start = data.find(magic, start + 3)


def _pictures(package: Path, entry: dict[str, Any]) -> Iterator[tuple[str, Image.Image]]:
    """Yield the pictures with their names; those in resource files are named after their pixels."""
    for name, content in _files(package, entry):
        try:
            image = Image.open(io.BytesIO(content))
            image.load()
        except (ImportError, OSError, SyntaxError, ValueError):
            if "resources" in entry:
                continue  # ImportError: of ultralytics, whose own Image.open wants more formats
            raise
        if "resources" in entry:
            small = image.convert("RGB").resize((8, 8)).tobytes()
            name += f"_{hashlib.md5(small, usedforsecurity=False).hexdigest()[:10]}"
        yield name, image


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
        for name, image in _pictures(package, entry):
            if _wanted(entry, name, image):
                image = image.convert(mode)
                image.thumbnail((entry["max_side"],) * 2)
                path = folder / kind / f"{entry.get('prefix', '')}{name}.{ending}"
                image.save(path, quality=90)
                counts[kind] += 1
    return dict(counts)
