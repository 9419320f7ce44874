"""What the training pictures are made of: photographs out of packages, fonts, words, cut-outs."""

import io
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml
from PIL import Image

from pipeline.training import collect as collecting
from pipeline.training.collect import PackageMissing, collect
from pipeline.training.generate import label_text
from pipeline.training.typesetter import FontsMissing, find_families
from pipeline.training.zoom import boxes_in, read_boxes, write_cuts


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
    with pytest.raises(FontsMissing, match="MODEL_CARD"):
        find_families(tmp_path, held_out=False)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Return a dataset of pictures with one white line on black each, and one without any."""
    folder = tmp_path / "pictures"
    for kind in ("images", "labels"):
        (folder / kind / "train").mkdir(parents=True)
    for index, height in enumerate((20, 40, 60, 0)):
        image, box = np.zeros((384, 640, 3), dtype=np.uint8), [200, 100, 320, 100 + height]
        cv2.rectangle(image, (200, 100), (319, 99 + height), (255,) * 3, -1 if height else 1)
        cv2.imwrite(str(folder / "images" / "train" / f"{index}.jpg"), image)
        text = label_text(np.array([box], dtype=np.float64), (640, 384)) if height else ""
        (folder / "labels" / "train" / f"{index}.txt").write_text(text)
    return folder


def test_cut_outs_show_the_line_larger_and_label_it(pictures: Path, tmp_path: Path) -> None:
    assert write_cuts(pictures, tmp_path / "cuts", 10, seed=1) == 3
    for path in (tmp_path / "cuts" / "images" / "train").iterdir():
        image = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)
        assert image is not None
        label = tmp_path / "cuts" / "labels" / "train" / f"{path.stem}.txt"
        x1, y1, x2, y2 = read_boxes(label, (image.shape[1], image.shape[0]))[0]
        assert x2 - x1 > 1.2 * 120 or y2 - y1 > 0.9 * image.shape[0]
        inside = image[round(y1) : round(y2), round(x1) : round(x2)]
        assert inside.mean() > 200
        assert image.astype(float).sum() < 1.15 * inside.astype(float).sum()
    first = sorted(p.read_bytes() for p in (tmp_path / "cuts").rglob("*.jpg"))
    write_cuts(pictures, tmp_path / "again", 10, seed=1)
    assert first == sorted(p.read_bytes() for p in (tmp_path / "again").rglob("*.jpg"))


def test_a_line_cut_badly_spoils_a_cut_out() -> None:
    lines = np.array([[10.0, 10.0, 90.0, 30.0], [10.0, 60.0, 90.0, 80.0]])
    assert boxes_in(np.array([0.0, 0.0, 100.0, 65.0]), lines, 2.0) is None
    seen = boxes_in(np.array([0.0, 0.0, 50.0, 50.0]), lines, 2.0)
    assert seen is not None and seen.tolist() == [[20.0, 20.0, 100.0, 60.0]]
