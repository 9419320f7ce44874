"""The generator of the training pictures: labels, determinism, the held-out share; the stages."""

import hashlib
import importlib.util
import shutil
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from pipeline.training.__main__ import parser
from pipeline.training.drawing import Rng
from pipeline.training.generate import (
    LAYOUTS,
    SIZES,
    fill_scene,
    write_split,
)
from pipeline.training.lettering import Look, Panel, Style, set_line
from pipeline.training.scene import Scene, mount, moved
from pipeline.training.train import SETTINGS, _as_float
from pipeline.training.typesetter import HELD_OUT, Sources, Typesetter, find_sources

WRITERS = list(dict.fromkeys(layout for _, layouts in LAYOUTS for layout in layouts))


@pytest.fixture(scope="module")
def fonts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of fonts that every installation has: some of matplotlib's."""
    spec = importlib.util.find_spec("matplotlib")
    assert spec is not None and spec.origin is not None
    folder = tmp_path_factory.mktemp("fonts")
    source = Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"
    for name in ("DejaVuSans.ttf", "DejaVuSerif-Bold.ttf", "STIXGeneral.ttf"):
        shutil.copy(source / name, folder / name)
    shutil.copy(source / "DejaVuSansMono.ttf", folder / f"{HELD_OUT[0]}.ttf")
    return folder


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of small photographs: noise, some of it cut out."""
    folder, rng = tmp_path_factory.mktemp("photos"), np.random.default_rng(0)
    for kind, channels in (("scenes", 3), ("textures", 3), ("objects", 4)):
        (folder / kind).mkdir()
        for index in range(11):
            image = rng.integers(0, 256, (90, 120, channels), dtype=np.uint8)
            cv2.imwrite(str(folder / kind / f"{index:02}.png"), image)
    return folder


@pytest.fixture(scope="module")
def sources(fonts: Path, photos: Path) -> Sources:
    """Return what training pictures are made of."""
    return find_sources(fonts, photos, held_out=False)


def _typesetter(of: Sources, seed: int) -> Typesetter:
    return Typesetter(Rng.seeded(seed), of)


def _grey() -> Scene:
    return Scene(np.full((360, 640, 3), 128, dtype=np.uint8))


def test_labels_lie_inside_the_picture(tmp_path: Path, fonts: Path, photos: Path) -> None:
    lines = write_split(tmp_path, "train", 6, seed=1, fonts=fonts, photos=photos)
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
    image = cv2.imread(str(tmp_path / "images" / "train" / "00000.jpg"))
    assert image is not None and image.shape[1::-1] in SIZES


def test_a_seed_makes_the_same_files_again(tmp_path: Path, fonts: Path, photos: Path) -> None:
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        write_split(tmp_path / name, "train", 2, seed, fonts, photos)
    first, again, other = (
        [path.read_bytes() for path in sorted((tmp_path / name).rglob("0*.*"))]
        for name in ("first", "again", "other")
    )
    assert len(first) == 4
    assert first == again
    assert first != other


def test_nothing_of_the_held_out_share_is_trained(fonts: Path, photos: Path) -> None:
    trained, held_out = (find_sources(fonts, photos, share) for share in (False, True))
    assert len(trained.words) > 200 and len(held_out.words) > 50
    assert not set(trained.words) & set(held_out.words)
    families = [{path for family in s.families for path in family} for s in (trained, held_out)]
    assert all(families) and not families[0] & families[1]
    for kind in ("scenes", "textures", "objects"):
        shares = [set(getattr(s.photographs, kind)) for s in (trained, held_out)]
        assert len(shares[0]) == 9 and len(shares[1]) == 2 and not shares[0] & shares[1]


@pytest.mark.parametrize("letter_height", [8.0, 40.0, 160.0])
def test_boxes_enclose_the_ink(fonts: Path, letter_height: float) -> None:
    line = set_line("Goal 7", Style(fonts / "DejaVuSans.ttf", letter_height, 1.0))
    assert line is not None
    panel = Panel((900, 400))
    panel.write(line, Look((255, 255, 255)), 30, 250)
    ink = np.argwhere(panel.pixels[:, :, 3] > 0.5)[:, ::-1]
    x1, y1, x2, y2 = panel.boxes[0]
    assert np.abs(ink.min(axis=0) - [x1, y1]).max() <= 1
    assert np.abs(ink.max(axis=0) + 1 - [x2, y2]).max() <= 1


def test_a_panel_is_not_placed_over_another(fonts: Path) -> None:
    scene, line = _grey(), set_line("Goal", Style(fonts / "DejaVuSans.ttf", 40))
    assert line is not None
    panel = Panel((150, 60))
    panel.write(line, Look((0, 0, 0)), 3, 50)
    assert mount(scene, panel, moved(np.eye(3), (20, 20)))
    assert not mount(scene, panel, moved(np.eye(3), (30, 40)))
    assert len(scene.boxes) == 1
    (x1, y1, x2, y2), outside = scene.boxes[0].astype(int), scene.canvas.copy()
    outside[y1:y2, x1:x2] = 128
    assert scene.canvas[y1:y2, x1:x2].min() < 30 and outside.min() > 100


def test_a_line_cut_at_the_edge_is_labelled_as_far_as_it_shows(fonts: Path) -> None:
    scene, line = _grey(), set_line("A long line", Style(fonts / "DejaVuSans.ttf", 40))
    assert line is not None
    panel = Panel((line.width + 6, 70))
    panel.write(line, Look((0, 0, 0)), 3, 50)
    assert not mount(scene, panel, moved(np.eye(3), (300, 330)))
    assert not scene.boxes and scene.canvas.min() == 128
    assert mount(scene, panel, moved(np.eye(3), (500, 100)))
    assert scene.boxes[0][2] == 640


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.__name__)
def test_every_layout_writes_labelled_lines(
    sources: Sources, writer: Callable[[Typesetter, Scene], None]
) -> None:
    labelled = 0
    for seed in range(6):
        scene = _grey()
        writer(_typesetter(sources, seed), scene)
        labelled += len(scene.boxes)
        assert bool(scene.boxes) <= bool(np.ptp(scene.canvas))
        for x1, y1, x2, y2 in scene.boxes:
            assert 0 <= x1 < x2 <= 640 and 0 <= y1 < y2 <= 360
            part = scene.canvas[int(y1) : int(np.ceil(y2)), int(x1) : int(np.ceil(x2))]
            assert np.ptp(part.astype(int), axis=(0, 1)).max() > 15
    assert labelled >= 3


def test_some_pictures_have_no_text_and_no_boxes(sources: Sources) -> None:
    share, nothing = LAYOUTS[0]
    assert nothing == () and 0.1 <= share <= 0.15
    assert sum(share for share, _ in LAYOUTS) == pytest.approx(1)
    counts = []
    for seed in range(40):
        scene = _grey()
        fill_scene(_typesetter(sources, seed), scene)
        counts.append(len(scene.boxes))
        assert bool(scene.boxes) == bool(np.ptp(scene.canvas))
    assert 0 in counts and max(counts) >= 5


def test_the_settings_are_known_to_ultralytics() -> None:
    from ultralytics.cfg import DEFAULT_CFG_DICT

    assert set(SETTINGS) <= set(DEFAULT_CFG_DICT)
    assert SETTINGS["amp"] is False and SETTINGS["fliplr"] == 0


def test_commands_take_the_parameters_of_their_functions() -> None:
    options = parser().parse_args(["train", "data.yaml", "run", "--half", "--epochs", "4"])
    assert options.data == Path("data.yaml") and options.half and options.epochs == 4
    assert options.rate == 0.001


def test_answers_in_half_become_float() -> None:
    whole = _as_float({"boxes": [torch.zeros(2, dtype=torch.bfloat16)]})
    assert whole["boxes"][0].dtype == torch.float32


def test_the_model_card_is_about_the_committed_weights() -> None:
    folder = Path(__file__).parents[2] / "weights"
    card = (folder / "MODEL_CARD.md").read_text(encoding="utf-8")
    weights = (folder / "text_yolo26.pt").read_bytes()
    assert hashlib.sha256(weights).hexdigest() in card
    assert f"{len(weights):,} bytes" in card
