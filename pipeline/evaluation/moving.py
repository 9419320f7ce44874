"""Scenarios of screens, of text that scrolls or moves, and of pictures without any text."""

from __future__ import annotations

import random
from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.evaluation.drawing import (
    BLACK,
    FPS,
    SIZE,
    WHITE,
    Layer,
    Line,
    Photograph,
    black,
    blended,
    font,
    overlap,
)
from pipeline.evaluation.overlays import GOLD, HEIGHT, NAVY, PLATES, WIDTH, Shown
from pipeline.evaluation.phrases import endless, phrases

BOARD = (900, 560)
Points = npt.NDArray[np.float32]  # corners x 2: x, y
CORNERS = np.array([(x, y) for y in (0, BOARD[1]) for x in (0, BOARD[0])], np.float32)
READABLE = 12
"""Pixels. The letters of a sign that is still farther away are too small to be asked for."""


def slide(chance: random.Random, frames: int) -> Iterator[Shown]:
    """A slide of ten lines, then another; a pointer moves over it."""
    paper, ink, bar = chance.choice(
        (((250, 250, 248), (30, 34, 44), NAVY), ((22, 30, 48), (232, 236, 244), GOLD))
    )
    bold, plain = font(chance, "bold", 50), font(chance, "sans", chance.randint(28, 34))
    slides = []
    for title in phrases(chance, "titles", 2):
        layer = Layer()
        layer.plate((0, 0, *SIZE), paper)
        layer.plate((70, 108, WIDTH - 70, 112), bar)
        layer.write(title, (70, 90), bold, ink)
        for row, point in enumerate(phrases(chance, "points", 9)):
            layer.plate((80, 152 + row * 60, 90, 162 + row * 60), bar)
            layer.write(point, (112, 168 + row * 60), plain, ink)
        slides.append((layer.over(black(HEIGHT)), layer.lines))
    for index in range(frames):
        picture, lines = slides[int(index >= frames // 2)]
        place = 900 + round(250 * np.sin(index / 17)), 330 + round(200 * np.cos(index / 23))
        yield cv2.circle(picture.copy(), place, 7, (40, 40, 230), -1, cv2.LINE_AA), lines


def terminal(chance: random.Random, frames: int) -> Iterator[Shown]:
    """A terminal to which lines are added, one at a time, until it scrolls."""
    paper, ink = chance.choice(
        (((12, 12, 16), (208, 212, 208)), ((24, 26, 38), (166, 226, 120)), (WHITE, (40, 40, 40)))
    )
    mono, step = font(chance, "mono", chance.randint(20, 24)), 34
    rows, source = (HEIGHT - 24) // step, endless(chance, "commands")
    texts, shown = [next(source) for _ in range(rows - 3)], 0
    while shown < frames:
        layer = Layer()
        layer.plate((0, 0, *SIZE), paper)
        for row, text in enumerate(texts):
            layer.write(text, (18, 36 + row * step), mono, ink)
        picture, length = layer.over(black(HEIGHT)), chance.choice((5, 8, 12, 20, 30))
        yield from [(picture, layer.lines)] * min(length, frames - shown)
        texts, shown = [*texts, next(source)][-rows:], shown + length


def credits(chance: random.Random, frames: int) -> Iterator[Shown]:
    """Credits that roll upwards: jobs and names, centred, on black."""
    small, large = font(chance, "sans", 28), font(chance, "serif", chance.randint(38, 44))
    jobs, names = endless(chance, "jobs"), endless(chance, "names")
    speed, length = chance.choice((1.5, 2.0, 3.0)), HEIGHT + 3 * frames
    roll = Layer((WIDTH, length))
    for top in range(20, length - 140, 140):
        roll.write(next(jobs), (WIDTH / 2, top + 40), small, (190, 190, 190), "ms")
        roll.write(next(names), (WIDTH / 2, top + 90), large, WHITE, "ms")
    tall = roll.over(black(length))
    for index in range(frames):
        shift = np.array([[1, 0, 0], [0, 1, -speed * index]])
        frame = np.asarray(cv2.warpAffine(tall, shift, SIZE), np.uint8)
        yield frame, _visible(roll.lines, 0, -speed * index)


def _visible(lines: list[Line], x: float, y: float) -> list[Line]:
    """Those of a larger picture that show in the frame when it is moved."""
    moved = [line.moved(x, y).within((0, 0, *SIZE)) for line in lines]
    return [line for line in moved if overlap(line.box, (0, 0, *SIZE))]


def ticker(chance: random.Random, frames: int) -> Iterator[Shown]:
    """Headlines that run from right to left on a strip at the bottom, a mark between them."""
    photograph = Photograph(chance, frames)
    bold, speed = font(chance, "bold", 26), chance.choice((3, 4, 5))
    strip = Layer((WIDTH + speed * frames + 1200, 56))
    strip.plate((0, 0, WIDTH + speed * frames + 1200, 56), chance.choice(PLATES))
    x, texts = 30.0, endless(chance, "headlines")
    while x < WIDTH + speed * frames:
        line = strip.write(next(texts), (x, 38), bold)
        x = line.box[2] + 120
        strip.plate((x - 70, 20, x - 50, 36), GOLD)
    pixels = strip.pixels()[:, :, :3]
    for index in range(frames):
        frame = photograph.at(index)
        frame[632:688] = pixels[:, index * speed : index * speed + WIDTH]
        yield frame, _visible(strip.lines, -index * speed, 632)


def sign(chance: random.Random, frames: int) -> Iterator[Shown]:
    """A sign held in the hand: it comes closer, sways, tilts and blurs as it moves."""
    photograph = Photograph(chance, frames)
    board = _board(chance, phrases(chance, "signs", 1)[0])
    light = np.linspace(chance.uniform(0.6, 0.9), 1, BOARD[0])[:, None]
    pixels = board.pixels().copy()
    pixels[:, :, :3] = pixels[:, :, :3] * light
    phase, nearest = chance.uniform(0, 6), chance.uniform(0.9, 1.4)
    for index in range(frames):
        scale = 0.12 * (nearest / 0.12) ** (index / max(1, frames - 1))
        way = cv2.getPerspectiveTransform(CORNERS, _held(scale, index / FPS, phase))
        # Averaged first where it becomes smaller, as a lens does.
        shrunk = min(1.0, scale)
        near = cv2.resize(pixels, None, fx=shrunk, fy=shrunk, interpolation=cv2.INTER_AREA)
        layer = cv2.warpPerspective(near, way @ np.diag([1 / shrunk, 1 / shrunk, 1]), SIZE)
        blurred = cv2.blur(
            layer, (1 + round(3 * scale * abs(np.cos(1.2 * index / FPS + phase))), 1)
        )
        yield blended(photograph.at(index), blurred), [_seen(line, way) for line in board.lines]


def _board(chance: random.Random, texts: list[str]) -> Layer:
    board, step = Layer(BOARD), BOARD[1] / len(texts)
    paper, ink = chance.choice(
        (((196, 164, 120), (30, 26, 24)), ((240, 238, 230), (160, 22, 30)), ((250, 226, 92), BLACK))
    )
    board.plate((0, 0, *BOARD), paper)
    face = font(chance, "bold", 150)
    for row, text in enumerate(texts):
        size = min(chance.randint(90, 150), int(150 * 780 / face.getlength(text)))
        place = BOARD[0] / 2 + chance.uniform(-12, 12), step * (row + 0.5) + chance.uniform(-6, 6)
        board.write(text, place, face.font_variant(size=size), ink, "mm")
    return board


def _held(scale: float, time: float, phase: float) -> Points:
    """Where the corners of the board are in the frame."""
    turn, tilt = 0.12 * np.sin(2.1 * time + phase), 0.2 * np.sin(1.4 * time)
    corners = CORNERS - np.array(BOARD) / 2
    corners *= scale * (1 + tilt * np.sign(corners[:, :1]) / 2)
    turned = corners @ [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]
    sway = 70 * np.sin(1.2 * time + phase), 25 * np.cos(1.9 * time)
    return np.asarray(turned + np.array(SIZE) / 2 + sway, np.float32)


def _seen(line: Line, way: npt.NDArray[np.float64]) -> Line:
    x1, y1, x2, y2 = line.box
    corners = np.array([[(x1, y1), (x2, y1), (x1, y2), (x2, y2)]], np.float32)
    (seen,) = cv2.perspectiveTransform(corners, way)
    letters = float(np.linalg.norm(seen[2] - seen[0]))
    (left, top), (right, bottom) = seen.min(axis=0).tolist(), seen.max(axis=0).tolist()
    return Line(line.text, (left, top, right, bottom), letters >= READABLE).within((0, 0, *SIZE))


def nothing(chance: random.Random, frames: int) -> Iterator[Shown]:
    """Three shots of moving photographs without any text."""
    length = -(-frames // 3)
    for shot in range(0, frames, length):
        photograph = Photograph(chance, length)
        for index in range(min(length, frames - shot)):
            yield photograph.at(index), []
