"""Single lines and signs: plates, letters on bare surfaces, captions of videos."""

import numpy as np

from pipeline.training.drawing import filled
from pipeline.training.lettering import Line, Style
from pipeline.training.plates import back, mounting, put
from pipeline.training.scene import Scene, mount, moved
from pipeline.training.typesetter import Typesetter

_SIGN_COLOURS = (
    *((120, 80, 0), (60, 110, 0), (30, 30, 190), (250, 250, 250), (0, 200, 250)),
    *((20, 20, 20), (40, 60, 110), (240, 240, 225), (160, 60, 20), (50, 50, 50)),
)


def _sign_lines(setter: Typesetter, letters: float, count: int, max_width: float) -> list[Line]:
    """Return lines of one or two sizes and fonts for a sign."""
    rng, style, lines = setter.rng, setter.style(letters), []
    for index in range(count):
        if index and rng.chance(0.35):
            ratio = rng.between(0.45, 1.3)
            if rng.chance(0.3):
                style = setter.style(letters * ratio)
            else:
                style = Style(style.font, max(6.0, letters * ratio), style.tracking * ratio)
        text = setter.texts.short() if rng.chance(0.6) else setter.texts.line()
        line = setter.set(text, style, max_width)
        if line:
            lines.append(line)
    return lines


def _smallest(lines: list[Line]) -> float:
    return min(line.style.letter_height for line in lines)


def sign(setter: Typesetter, scene: Scene) -> None:
    """A plate with one to five lines, often in perspective."""
    rng, (width, height) = setter.rng, scene.size
    count = int(rng.choice([1, 2, 3, 4, 5], p=[0.35, 0.27, 0.2, 0.1, 0.08]))
    letters = rng.log_uniform(8, 0.75 * height / (count + 1))
    lines = _sign_lines(setter, letters, count, width * rng.between(0.3, 0.95))
    if not lines:
        return
    palette = rng.pick(_SIGN_COLOURS)
    colour = np.array(palette if rng.chance(0.7) else rng.colour()) + rng.normal(0, 12, 3)
    colour, smallest = np.clip(colour, 0, 255), _smallest(lines)
    look = setter.look(colour, smallest, 0.2)
    looks = [
        setter.look(colour, line.style.letter_height, 0.1) if rng.chance(0.12) else look
        for line in lines
    ]
    panel = setter.stack(lines, looks, letters * rng.between(0.25, 1.2), rng.between(0.3, 0.9))
    back(setter, panel, colour)
    put(setter, scene, panel, 1.3, mounting(setter, smallest))


def direct(setter: Typesetter, scene: Scene) -> None:
    """Letters painted or mounted on what is there, without a plate."""
    rng, (width, height) = setter.rng, scene.size
    count = 1 + int(rng.chance(0.35)) + int(rng.chance(0.15))
    letters = rng.log_uniform(7, 0.5 * height / count)
    lines = _sign_lines(setter, letters, count, width * rng.between(0.4, 0.98))
    if not lines:
        return
    corner = rng.uniform(0, 0.6, 2) * [width, height]
    area = np.concatenate([corner, corner + np.array([width * 0.4, height * 0.3])])
    ground, spread = scene.ground(area)
    look = setter.look(ground, _smallest(lines), 0.45, spread)
    panel = setter.stack(lines, [look] * len(lines), 3, rng.between(0.3, 1))
    put(setter, scene, panel, 1.0, mounting(setter, _smallest(lines), 0.3))


def caption(setter: Typesetter, scene: Scene) -> None:
    """One to three lines near an edge, bare or on a band that may let the picture through."""
    rng = setter.rng
    anchor = rng.pick((0.5, 0.05, 0.95)), 0.95 if rng.chance(0.7) else 0.04
    letters, count = rng.log_uniform(8, 44), rng.whole(1, 4)
    style = setter.style(letters)
    texts, room = setter.texts, scene.size[0] * 0.95
    lines = [line for _ in range(count) if (line := setter.set(texts.line(), style, room))]
    if not lines:
        return
    ground, spread = scene.ground(np.array([0, 0, *scene.size]))
    plate = rng.chance(0.4)
    colour = np.array(rng.colour()) if plate else ground
    look = setter.look(colour, letters, 0.15 if plate else 0.7, 0.0 if plate else spread)
    padding = letters * rng.between(0.2, 0.7) if plate else 2
    panel = setter.stack(lines, [look] * len(lines), padding, 0.5)
    if plate and rng.chance(0.6):
        back(setter, panel, colour)
    elif plate:
        share = np.full(panel.pixels.shape[:2], rng.between(0.75, 1.0), np.float32)
        panel.cover(filled(panel.size, colour), share)
    free = np.array(scene.size) - panel.size
    if (free >= 0).all():
        x, y = free * np.array(anchor)
        mount(scene, panel, moved(np.eye(3), (float(x), float(y))))
