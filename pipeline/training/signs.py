"""Single lines and signs: plates, letters on bare surfaces, captions of videos."""

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.training.drawing import Canvas, Field, Size, as_coverage, filled, noise
from pipeline.training.lettering import Line, Panel, Style
from pipeline.training.scene import Matrix, Mounting, Scene, extent, homography, mount, moved
from pipeline.training.typesetter import Typesetter

_ATTEMPTS = 8


def _tilt(setter: Typesetter, panel: Panel, strength: float) -> Matrix:
    """Return how the panel is seen: straight, turned by up to 38 degrees, or in perspective."""
    rng, kind = setter.rng, setter.rng.random()
    if kind < 0.3:
        return np.eye(3)
    angle = float(np.clip(rng.normal(0, 7 * strength), -25, 25))
    if kind > 1 - 0.1 * strength:
        angle = rng.between(-38, 38)
    depth = rng.between(0.02, 0.16) * strength if kind > 0.55 else 0.0
    return homography(rng, panel.size, angle, depth)


def mounting(setter: Typesetter, letters: float, strength: float = 0.5) -> Mounting:
    """Return a random way to mount a panel whose smallest letters are `letters` pixels high."""
    rng = setter.rng
    return Mounting(
        shade=rng.between(0, strength),
        blur=rng.between(0.4, letters / 9) if rng.chance(0.15) and letters > 6 else 0.0,
    )


def put(setter: Typesetter, scene: Scene, panel: Panel, strength: float, how: Mounting) -> None:
    matrix = _tilt(setter, panel, strength)
    for _ in range(_ATTEMPTS):
        width, height = extent(panel.size, matrix)
        room = np.array(scene.size) - [width, height]
        over = np.array([0.4 * width, 0.1 * height]) if setter.rng.chance(0.15) else np.zeros(2)
        if (room + 2 * over < 0).any():
            return
        x, y = setter.rng.uniform(-over, room + over)
        if mount(scene, panel, moved(matrix, (float(x), float(y))), how):
            return


def plate_ground(setter: Typesetter, size: Size, colour: npt.ArrayLike) -> Canvas:
    """Return a plate (height, width, 3) of one colour, uneven or as rough as a surface."""
    rng, canvas = setter.rng, filled(size, colour)
    if rng.chance(0.5):
        return canvas
    tone = noise(rng, size, (2, 2), 3) * rng.between(3, 18)
    if rng.chance(0.25):
        slope = np.linspace(-1, 1, size[0])[None] + np.linspace(-1, 1, size[1])[:, None]
        tone = tone + slope * rng.between(-35, 35)
    return np.clip(canvas + tone[:, :, None], 0, 255).astype(np.uint8)


def _plate_shape(setter: Typesetter, size: Size, lines: int) -> Field:
    """Return where a plate is: in a rectangle, a rounded one or an ellipse."""
    width, height = size
    shape = np.zeros((height, width), dtype=np.uint8)
    kind = setter.rng.integers(6 if lines == 1 else 5)
    if kind < 3:
        shape[:] = 255
    elif kind < 5:
        radius = int(min(size) * setter.rng.between(0.05, 0.25))
        cv2.rectangle(shape, (radius, 0), (width - radius, height), 255, -1)
        cv2.rectangle(shape, (0, radius), (width, height - radius), 255, -1)
        for x in (radius, width - radius - 1):
            for y in (radius, height - radius - 1):
                cv2.circle(shape, (x, y), radius, 255, -1)
    else:
        middle = width // 2, height // 2
        cv2.ellipse(shape, middle, middle, 0, 0, 360, 255, -1)
    return as_coverage(shape)


def back(setter: Typesetter, panel: Panel, colour: npt.ArrayLike) -> None:
    width, height = panel.size
    ground = plate_ground(setter, panel.size, colour)
    lines = len(panel.boxes) if min(panel.size) > 2 * panel.heights[0] else 9
    shape = _plate_shape(setter, panel.size, lines)
    if setter.rng.chance(0.45):
        inset, thick = int(min(panel.size) * 0.03), max(1, int(min(panel.size) * 0.02))
        end = width - 1 - inset, height - 1 - inset
        cv2.rectangle(ground, (inset, inset), end, setter.rng.colour(), thick)
    panel.cover(ground, shape)


_SIGN_COLOURS = (
    *((120, 80, 0), (60, 110, 0), (30, 30, 190), (250, 250, 250), (0, 200, 250)),
    *((20, 20, 20), (40, 60, 110), (240, 240, 225), (160, 60, 20), (50, 50, 50)),
)


def _sign_lines(setter: Typesetter, letters: float, count: int, max_width: float) -> list[Line]:
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
