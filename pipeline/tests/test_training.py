"""The generator of the training pictures: labels, determinism, the held-out share."""

import hashlib
import importlib.util
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipeline.training.fonts import FONT_PACKAGES, FontsMissing, find_families
from pipeline.training.generate import SIZE, label_text, make_picture, write_split
from pipeline.training.lettering import FILL, Style, render_block
from pipeline.training.scene import Scene, contrasting, luma, place
from pipeline.training.texts import random_line, vocabulary


@pytest.fixture(scope="module")
def fonts() -> Path:
    """Return a folder of fonts that every installation has: matplotlib's."""
    spec = importlib.util.find_spec("matplotlib")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"


def test_labels_lie_inside_the_picture(tmp_path: Path, fonts: Path) -> None:
    lines = write_split(tmp_path, "train", 2, seed=1, fonts=fonts)
    rows = [
        [float(value) for value in row.split()]
        for path in sorted((tmp_path / "labels" / "train").glob("*.txt"))
        for row in path.read_text().splitlines()
    ]
    assert len(rows) == lines > 0
    for class_id, x, y, width, height in rows:
        assert class_id == 0
        assert 0 < width <= 1 and 0 < height <= 1
        assert x - width / 2 > -1e-5 and x + width / 2 < 1 + 1e-5
        assert y - height / 2 > -1e-5 and y + height / 2 < 1 + 1e-5
    image = cv2.imread(str(tmp_path / "images" / "train" / "00000.png"))
    assert image is not None and image.shape == (SIZE[1], SIZE[0], 3)


def test_a_seed_makes_the_same_files_again(tmp_path: Path, fonts: Path) -> None:
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        write_split(tmp_path / name, "train", 2, seed, fonts)
    first, again, other = (
        [path.read_bytes() for path in sorted((tmp_path / name).rglob("0*.*"))]
        for name in ("first", "again", "other")
    )
    assert len(first) == 4
    assert first == again
    assert first != other


def test_held_out_words_are_not_trained() -> None:
    trained, held_out = set(vocabulary(False)), set(vocabulary(True))
    assert len(trained) > 200 and len(held_out) > 50
    assert not trained & held_out


def test_lines_are_never_empty() -> None:
    rng = np.random.default_rng(3)
    assert all(random_line(rng, vocabulary(False)).strip() for _ in range(200))


def test_missing_fonts_name_the_packages(tmp_path: Path) -> None:
    with pytest.raises(FontsMissing, match=FONT_PACKAGES.split()[0]):
        find_families(tmp_path, held_out=False)


@pytest.mark.parametrize("letter_height", [10.0, 40.0, 160.0])
def test_boxes_enclose_the_ink(fonts: Path, letter_height: float) -> None:
    block = render_block(["Goal", "by number 7"], Style(fonts / "DejaVuSans.ttf", letter_height))
    ink = np.argwhere(block.mask[:, :, FILL] > 127)
    first, last = block.boxes[:, :2].min(axis=0), block.boxes[:, 2:].max(axis=0)
    tolerance = (2 + 0.15 * letter_height, 2)
    assert (np.abs(ink.min(axis=0)[::-1] - first) <= tolerance).all()
    assert (np.abs(ink.max(axis=0)[::-1] + 1 - last) <= tolerance).all()


def test_a_block_is_not_placed_over_another(fonts: Path) -> None:
    rng, scene = np.random.default_rng(4), Scene(np.zeros((384, 640, 3), dtype=np.uint8))
    block = render_block(["Goal"], Style(fonts / "DejaVuSans.ttf", 40))
    assert place(rng, scene, block, np.eye(3), (20, 20))
    assert not place(rng, scene, block, np.eye(3), (30, 40))
    assert not place(rng, scene, block, np.eye(3), (600, 300))
    assert len(scene.boxes) == 1
    x1, y1, x2, y2 = scene.boxes[0].astype(int)
    assert scene.canvas[y1:y2, x1:x2].any()


def test_colours_contrast() -> None:
    rng = np.random.default_rng(5)
    for ground in ((0, 0, 0), (128, 128, 128), (255, 255, 255)):
        assert abs(luma(contrasting(rng, ground, 100)) - luma(ground)) >= 100


def test_label_text_is_centre_and_sides() -> None:
    assert (
        label_text(np.array([[0.0, 0.0, 320.0, 192.0]]))
        == "0 0.250000 0.250000 0.500000 0.500000\n"
    )


def test_a_picture_without_text_has_no_boxes(fonts: Path) -> None:
    families, words = [[fonts / "DejaVuSans.ttf"]], vocabulary(False)
    counts = [len(make_picture([6, 0, index], families, words)[1]) for index in range(40)]
    assert 0 in counts
    assert max(counts) >= 5


def test_the_model_card_is_about_the_committed_weights() -> None:
    folder = Path(__file__).parents[1] / "weights"
    card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    weights = (folder / "text_yolo26.pt").read_bytes()
    assert hashlib.sha256(weights).hexdigest() in card
    assert f"{len(weights):,} bytes" in card
