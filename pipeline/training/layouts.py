"""Where text stands in pictures: scattered lines, captions, titles, pages, scoreboards."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipeline.training.fonts import Families
from pipeline.training.lettering import Block, Style, fit_line, render_block
from pipeline.training.scene import Ink, Scene, contrasting, extent, homography, place
from pipeline.training.texts import random_line

_ATTEMPTS = 8
_STRAIGHT = np.eye(3)


@dataclass(frozen=True)
class Typesetter:
    """The fonts and words a picture may use, and the source of chance."""

    rng: np.random.Generator
    families: Families
    words: tuple[str, ...]

    def chance(self, share: float) -> bool:
        """Return True with the probability `share`."""
        return bool(self.rng.random() < share)

    def style(self, letter_height: float) -> Style:
        """Return a random style with capitals of `letter_height` pixels."""
        rng = self.rng
        family = self.families[int(rng.integers(len(self.families)))]
        plate = str(rng.choice(["none", "box", "round", "slanted"], p=[0.6, 0.25, 0.1, 0.05]))
        return Style(
            font=family[int(rng.integers(len(family)))],
            letter_height=letter_height,
            outline=round(letter_height * rng.uniform(0.04, 0.13)) if self.chance(0.3) else 0,
            line_gap=float(rng.uniform(0.5, 1.2)),
            align=str(rng.choice(["left", "center", "right"])),
            plate=plate,
            padding=0 if plate == "none" else round(letter_height * rng.uniform(0.15, 0.8)),
        )

    def block(self, style: Style, count: int, max_width: float) -> Block:
        """Return `count` random lines in `style`, each at most `max_width` pixels wide."""
        room = max_width - 2 * (style.padding + style.outline + 2)
        space = " " if self.chance(0.8) else "  "
        lines = [
            fit_line(random_line(self.rng, self.words).replace(" ", space), style, room)
            for _ in range(count)
        ]
        return render_block(lines, style)


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _scatter(setter: Typesetter, scene: Scene) -> None:
    rng, (width, height) = setter.rng, scene.size
    for _ in range(int(rng.integers(2, 10))):
        block = setter.block(
            setter.style(_log_uniform(rng, 8, 110)), 1 + int(rng.random() < 0.2), width * 0.9
        )
        tilted = setter.chance(0.35)
        angle = float(rng.normal(0, 9)) if tilted else 0.0
        matrix = homography(rng, block.size, angle, 0.12 if tilted and setter.chance(0.5) else 0.0)
        for _ in range(_ATTEMPTS):
            room = np.array([width, height]) - extent(block.size, matrix)
            if (room < 0).any():
                break
            x, y = rng.uniform(0, 1, 2) * room
            if place(rng, scene, block, matrix, (x, y)):
                break


def _caption(setter: Typesetter, scene: Scene) -> None:
    rng, (width, height) = setter.rng, scene.size
    block = setter.block(
        setter.style(_log_uniform(rng, 9, 50)), int(rng.integers(1, 4)), width * 0.96
    )
    free_x, free_y = width - block.size[0], height - block.size[1]
    x = (0.5, 0.05, 0.95)[int(rng.integers(3))] * free_x
    y = (0.95 if setter.chance(0.7) else 0.04) * free_y
    place(rng, scene, block, _STRAIGHT, (x, y))


def _title(setter: Typesetter, scene: Scene) -> None:
    rng, (width, height) = setter.rng, scene.size
    style = setter.style(_log_uniform(rng, 40, 200))
    block = setter.block(
        style, int(rng.integers(1, max(2, min(4, int(height / style.letter_height / 2))))), width
    )
    x, y = (width - block.size[0]) / 2, (height - block.size[1]) * rng.uniform(0.2, 0.8)
    place(rng, scene, block, homography(rng, block.size, float(rng.normal(0, 3)), 0.0), (x, y))


def _page(setter: Typesetter, scene: Scene) -> None:
    rng, (width, height) = setter.rng, scene.size
    style = setter.style(_log_uniform(rng, 8, 22))
    room = int((height - 2 * style.padding) / (style.letter_height * (1 + style.line_gap))) - 1
    block = setter.block(
        style, int(rng.integers(2, max(3, min(12, room)))), width * rng.uniform(0.3, 1.0)
    )
    matrix = homography(
        rng, block.size, float(rng.normal(0, 5)) if setter.chance(0.3) else 0.0, 0.0
    )
    x, y = rng.uniform(0, 1, 2) * np.maximum(
        0, np.array([width, height]) - extent(block.size, matrix)
    )
    place(rng, scene, block, matrix, (x, y))


def _scoreboard(setter: Typesetter, scene: Scene) -> None:
    rng, (width, height) = setter.rng, scene.size
    letters = _log_uniform(rng, 9, 40)
    style = Style(
        setter.style(letters).font,
        letters,
        plate="box",
        padding=round(letters * rng.uniform(0.3, 0.8)),
    )
    x, y = float(rng.uniform(0, width * 0.4)), float(rng.choice([0.02, 0.05, 0.85]) * height)
    for _ in range(int(rng.integers(1, 5))):
        block = setter.block(style, 1, width * 0.4)
        if x + block.size[0] > width:
            break
        plate = contrasting(rng, (128, 128, 128), 30)
        place(rng, scene, block, _STRAIGHT, (x, y), Ink(plate, plate, contrasting(rng, plate, 90)))
        x += block.size[0] + letters + 8


_LAYOUTS: tuple[tuple[float, tuple[Callable[[Typesetter, Scene], None], ...]], ...] = (
    (0.05, ()),
    (0.18, (_scatter,)),
    (0.14, (_title,)),
    (0.10, (_page, _scatter)),
    (0.15, (_caption, _scatter)),
    (0.19, (_scoreboard, _caption, _scatter)),
    (0.19, (_title, _scoreboard, _caption, _scatter)),
)


def fill_scene(setter: Typesetter, scene: Scene) -> None:
    """Put text into `scene`: none, one layout or several."""
    chances = np.array([share for share, _ in _LAYOUTS])
    for layout in _LAYOUTS[int(setter.rng.choice(len(_LAYOUTS), p=chances))][1]:
        layout(setter, scene)
