"""What the training pictures are made of: photographs out of packages, fonts, words."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from pipeline.training import collect as collecting
from pipeline.training.collect import PackageMissing, collect
from pipeline.training.fonts import FONT_PACKAGES, FontsMissing, find_families
from pipeline.training.texts import random_line, vocabulary


def _picture(ending: str, size: tuple[int, int], colour: str = "#804020") -> bytes:
    stream = io.BytesIO()
    Image.new("RGBA" if len(colour) == 9 else "RGB", size, colour).save(stream, ending)
    return stream.getvalue()


@pytest.fixture
def unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder of unpacked packages, and set a list of photographs that names them."""
    walls, views, things = (tmp_path / "unpacked" / name for name in ("walls", "views", "things"))
    for folder in (walls, views, things / "animals" / "cartoon"):
        folder.mkdir(parents=True)
    with zipfile.ZipFile(walls / "walls.zip", "w") as archive:
        for name in ("brick", "poster", "other/brick"):
            archive.writestr(f"stone/{name}.jpg", _picture("JPEG", (300, 300)))
    resource = b"qres" + _picture("WEBP", (220, 210)) + b"RIFF" + b"\0" * 20
    (views / "views.rcc").write_bytes(resource + _picture("JPEG", (210, 220)) + b"end")
    (things / "animals" / "cat.png").write_bytes(_picture("PNG", (50, 90), "#80402080"))
    (things / "animals" / "solid.png").write_bytes(_picture("PNG", (50, 90)))
    (things / "animals" / "cartoon" / "dog.png").write_bytes(_picture("PNG", (9, 9), "#80402080"))
    entries = [
        {
            "kind": "textures",
            "package": "walls",
            "archive": "walls.zip",
            "folders": ["stone"],
            "drop": "poster sign",
            "prefix": "w_",
            "max_side": 100,
        },
        {"kind": "scenes", "package": "views", "resources": "*.rcc", "max_side": 1000},
        {
            "kind": "objects",
            "package": "things",
            "files": ["animals/**/*.png"],
            "not_in": "cartoon",
            "max_side": 45,
        },
    ]
    monkeypatch.setattr(collecting, "LIST", tmp_path / "list.yaml")
    (tmp_path / "list.yaml").write_text(yaml.safe_dump(entries))
    return tmp_path / "unpacked"


def test_photographs_come_out_of_packages(unpacked: Path, tmp_path: Path) -> None:
    assert collect(unpacked, tmp_path / "out") == {"textures": 1, "scenes": 2, "objects": 1}
    with Image.open(tmp_path / "out" / "textures" / "w_brick.jpg") as wall:
        assert wall.size == (100, 100)
    scenes = [path.read_bytes() for path in (tmp_path / "out" / "scenes").iterdir()]
    sizes = {Image.open(io.BytesIO(scene)).size for scene in scenes}
    assert sizes == {(220, 210), (210, 220)}
    with Image.open(tmp_path / "out" / "objects" / "cat.png") as cat:
        assert cat.mode == "RGBA" and cat.size == (25, 45)


def test_a_missing_package_is_named(unpacked: Path, tmp_path: Path) -> None:
    (unpacked / "views").rename(tmp_path / "elsewhere")
    with pytest.raises(PackageMissing, match="apt-get download views"):
        collect(unpacked, tmp_path / "out")


def test_the_list_of_photographs_is_sound() -> None:
    entries = yaml.safe_load(collecting.LIST.read_text(encoding="utf-8"))
    assert {entry["kind"] for entry in entries} == {"scenes", "textures", "objects"}
    for entry in entries:
        assert sum(way in entry for way in ("files", "archive", "resources")) == 1
        assert entry["max_side"] > 0 and ("keep" in entry or "drop" in entry)


def test_missing_fonts_name_the_packages(tmp_path: Path) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    with pytest.raises(FontsMissing, match=FONT_PACKAGES.split()[0]):
        find_families(tmp_path, held_out=False)


def test_lines_are_never_empty() -> None:
    rng = np.random.default_rng(3)
    assert all(random_line(rng, vocabulary(False)).strip() for _ in range(200))
