"""Scenarios in which text stands on a moving picture: what television, film and cameras show.

Each yields frames of SIZE and the lines in them, FPS a second, all from the chance that it is
given.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache

import cv2

from pipeline.evaluation.drawing import (
    FPS,
    SIZE,
    WHITE,
    Colour,
    Frame,
    Layer,
    Line,
    Photograph,
    font,
)
from pipeline.evaluation.phrases import endless, phrases

WIDTH, HEIGHT = SIZE
Shown = tuple[Frame, list[Line]]
NAVY, RED, GOLD, INK = (18, 40, 92), (190, 24, 36), (244, 196, 48), (16, 18, 24)
PLATES: tuple[Colour, ...] = (NAVY, RED, (28, 28, 32), (0, 92, 88), (72, 32, 104))


def news(chance: random.Random, frames: int) -> Iterator[Shown]:
    """Headline and subline on plates, the channel and a clock; the headline changes."""
    photograph = Photograph(chance, frames)
    bold, plain = font(chance, "bold", chance.randint(38, 46)), font(chance, "sans", 28)
    small = font(chance, "bold", 26)
    plate, left = chance.choice(PLATES), chance.randint(60, 140)
    headlines, sublines = phrases(chance, "headlines", 2), phrases(chance, "sublines", 2)
    (channel,) = phrases(chance, "channels", 1)
    begun = datetime(2026, 1, 1, chance.randint(10, 22), chance.randint(0, 58), 58)

    @cache
    def overlay(part: int, clock: str) -> Layer:
        layer = Layer()
        layer.plate((left, 540, WIDTH - left, 612), plate)
        layer.plate((left, 612, WIDTH - left, 660), (236, 238, 240), 0.92)
        layer.plate((left, 500, left + 190, 540), RED if plate != RED else NAVY)
        layer.plate((WIDTH - left - 110, 500, WIDTH - left, 540), (20, 20, 24), 0.85)
        layer.write(channel, (left + 14, 529), small)
        layer.write(clock, (WIDTH - left - 94, 530), small)
        layer.write(headlines[part], (left + 20, 591), bold)
        layer.write(sublines[part], (left + 20, 646), plain, (24, 26, 30))
        return layer

    for index in range(frames):
        clock = (begun + timedelta(seconds=index / FPS)).strftime("%H:%M")
        layer = overlay(int(index >= frames * 0.55), clock)
        yield layer.over(photograph.at(index)), layer.lines


def score(chance: random.Random, frames: int) -> Iterator[Shown]:
    """A score bug of cells: teams, score, and a clock that ticks every second."""
    photograph = Photograph(chance, frames)
    letters, x, y = chance.randint(26, 34), chance.randint(50, 90), chance.randint(40, 70)
    bold, teams = font(chance, "bold", letters), phrases(chance, "teams", 2)
    colours, goals = chance.sample(PLATES, 2), [chance.randint(0, 3), chance.randint(0, 3)]
    scorer, begun = chance.randrange(2), chance.randint(60, 80 * 60)

    @cache
    def overlay(goals: tuple[int, ...], seconds: int) -> Layer:
        layer, height = Layer(), letters * 1.6
        cells = (
            (teams[0], 3.4, colours[0], WHITE),
            (f"{goals[0]}-{goals[1]}", 3.2, (242, 242, 242), (16, 16, 20)),
            (teams[1], 3.4, colours[1], WHITE),
            (f"{seconds // 60:02}:{seconds % 60:02}", 4.4, (16, 16, 20), GOLD),
        )
        left = float(x)
        for text, wide, plate, ink in cells:
            layer.plate((left, y, left + wide * letters, y + height), plate)
            middle = left + wide * letters / 2
            layer.write(text, (middle, y + height / 2), bold, ink, "mm")
            left += wide * letters + 2
        return layer

    for index in range(frames):
        now = goals.copy()
        now[scorer] += index >= frames // 2
        layer = overlay(tuple(now), begun + index // FPS)
        yield layer.over(photograph.at(index)), layer.lines


def subtitles(chance: random.Random, frames: int) -> Iterator[Shown]:
    """White outlined subtitles of one or two lines, with pauses between them."""
    photograph = Photograph(chance, frames)
    letters = chance.randint(36, 46)
    face, colour = font(chance, "sans", letters), chance.choice((WHITE, (255, 238, 90)))

    def written(lines: list[str]) -> Layer:
        layer = Layer()
        for row, text in enumerate(reversed(lines)):
            place = (WIDTH / 2, HEIGHT - 50 - row * letters * 1.25)
            layer.write(text, place, face, colour, "ms", outline=max(2, letters // 14))
        return layer

    texts, shown = endless(chance, "subtitles"), 0
    while shown < frames:
        layer = written([next(texts) for _ in range(chance.choice((1, 1, 2)))])
        length, pause = chance.randint(30, 50), chance.randint(4, 12)
        for part in [*[layer] * length, *[Layer()] * pause][: frames - shown]:
            yield part.over(photograph.at(shown)), part.lines
            shown += 1


def caption(chance: random.Random, frames: int) -> Iterator[Shown]:
    """Name and role of a speaker in white with a soft shadow, no plate; then another's."""
    photograph = Photograph(chance, frames)
    left, bottom = chance.randint(70, 160), chance.randint(590, 650)
    kind = chance.choice(("bold", "serif"))
    large, small = font(chance, kind, chance.randint(44, 56)), font(chance, "sans", 32)
    layers = []
    names, roles = phrases(chance, "names", 2), phrases(chance, "roles", 2)
    for name, role in zip(names, roles, strict=True):
        layer = Layer()
        layer.write(name, (left, bottom - 46), large, shadow=4)
        layer.write(role, (left, bottom), small, shadow=3)
        layers.append(layer)
    for index in range(frames):
        layer = layers[int(index >= frames * 0.5)]
        if frames * 0.44 <= index < frames * 0.5:
            layer = Layer()
        yield layer.over(photograph.at(index)), layer.lines


def camera(chance: random.Random, frames: int) -> Iterator[Shown]:
    """A surveillance camera: place, and date and time to the second."""
    photograph = Photograph(chance, frames)
    mono, margin = font(chance, "mono", chance.randint(24, 30)), chance.randint(14, 28)
    place = f"CAM {chance.randint(1, 16):02} {phrases(chance, 'places', 1)[0]}"
    begun = datetime(2026, 1, 1) + timedelta(seconds=chance.randrange(31_000_000))

    @cache
    def overlay(time: str) -> Layer:
        layer = Layer()
        layer.write(place, (margin, HEIGHT - margin), mono, outline=2)
        layer.write(time, (WIDTH - margin, margin + 22), mono, anchor="rs", outline=2)
        return layer

    for index in range(frames):
        layer = overlay(f"{begun + timedelta(seconds=index // FPS)}")
        grey = cv2.cvtColor(photograph.at(index), cv2.COLOR_BGR2GRAY)
        yield layer.over(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR)), layer.lines


def stopwatch(chance: random.Random, frames: int) -> Iterator[Shown]:
    """A race's time to the tenth of a second, and the name of the race."""
    photograph = Photograph(chance, frames)
    bold, small = font(chance, "bold", chance.randint(48, 72)), font(chance, "bold", 30)
    right, bottom = WIDTH - chance.randint(60, 120), HEIGHT - chance.randint(60, 90)
    race = f"{chance.choice((100, 200, 400, 800))} METRES FINAL"
    begun, opacity = chance.randint(100, 5000), chance.choice((0.7, 1.0))

    for index in range(frames):
        tenths = begun + index * 10 // FPS
        layer = Layer()
        layer.plate((right - 360, bottom - 118, right, bottom), (12, 14, 20), opacity)
        layer.write(race, (right - 340, bottom - 82), small, GOLD)
        time = f"{tenths // 600}:{tenths // 10 % 60:02}.{tenths % 10}"
        layer.write(time, (right - 20, bottom - 14), bold, anchor="rs")
        yield layer.over(photograph.at(index)), layer.lines
