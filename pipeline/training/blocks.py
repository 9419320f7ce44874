"""Blocks of a page or a slide: paragraphs, bullets, code, tables, charts with labels."""

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.training.lettering import Look, Mask, Style, fit_line, line_width, set_line
from pipeline.training.panel import Panel, as_coverage
from pipeline.training.scene import contrasting
from pipeline.training.texts import code_line, sentence, short_line
from pipeline.training.typesetter import Typesetter

Area = tuple[float, float, float, float]
"""Left, top, right and bottom of a part of a panel, in pixels."""


def paragraph(
    setter: Typesetter, panel: Panel, area: Area, style: Style, look: Look, step: float
) -> float:
    """Write running text into `area`, justified or ragged; return the last baseline."""
    left, top, right, bottom = area
    justified, y = setter.chance(0.5), top + style.letter_height
    until_break = int(setter.rng.integers(2, 10))
    while y < bottom:
        last = until_break == 0
        count = int(setter.rng.integers(1, 8)) if last else 40
        text = fit_line(sentence(setter.rng, setter.words, count), style, right - left)
        free = right - left - line_width(text, style)
        spaces = text.count(" ")
        line = set_line(text, style, free / spaces if justified and not last and spaces > 2 else 0)
        if line:
            panel.write(line, look, left, y)
        y += step * (setter.between(1.2, 1.9) if last else 1)
        until_break = int(setter.rng.integers(2, 10)) if last else until_break - 1
    return y


def bullets(
    setter: Typesetter, panel: Panel, area: Area, style: Style, look: Look, step: float
) -> float:
    """Write a list with marks, in one or two levels."""
    left, top, right, bottom = area
    y, mark = top + style.letter_height, int(setter.rng.integers(3))
    while y < bottom:
        indent = style.letter_height * (1.6 if setter.chance(0.7) else 3.6)
        side = max(2, int(style.letter_height * 0.4))
        if mark:
            dot = np.zeros((side + 1, side + 1), dtype=np.uint8)
            if mark == 1:
                cv2.circle(dot, (side // 2, side // 2), side // 2, 255, -1, cv2.LINE_AA)
            else:
                dot[side // 3 : side // 3 + 2] = 255
            corner = (int(left + indent - 1.5 * side - 3), int(y - style.letter_height * 0.7))
            panel.paint(as_coverage(dot), look.fill, corner)
        words = sentence(setter.rng, setter.words, int(setter.rng.integers(2, 11)))
        line = setter.set(words, style, right - left - indent)
        if line:
            panel.write(line, look, left + indent, y)
        y += step
    return y


def code(
    setter: Typesetter, panel: Panel, area: Area, style: Style, look: Look, step: float
) -> float:
    """Write lines of a program, each indented somehow."""
    left, top, right, bottom = area
    y, depth = top + style.letter_height, 0
    while y < bottom:
        depth = int(np.clip(depth + setter.rng.integers(-1, 2), 0, 4))
        indent = depth * style.letter_height * 2.2
        text = code_line(setter.rng, setter.words)
        line = None if setter.chance(0.1) else setter.set(text, style, right - left - indent)
        if line:
            panel.write(line, look, left + indent, y)
        y += step
    return y


def table(
    setter: Typesetter, panel: Panel, area: Area, style: Style, look: Look, step: float
) -> float:
    """Write rows of cells with rules between them; each cell has its own label."""
    left, top, right, bottom = area
    columns = int(setter.rng.integers(2, 6))
    wide, y = (right - left) / columns, top + style.letter_height
    ruled = setter.rng.integers(3)
    while y < bottom:
        for column in range(columns):
            text = short_line(setter.rng, setter.words)
            line = setter.set(text, style, wide - 2 * style.letter_height)
            if line and not setter.chance(0.05):
                panel.write(line, look, left + column * wide + 3, y)
        if ruled:
            rule = np.ones((1, max(1, int(right - left))), np.float32)
            panel.paint(rule, look.fill, (int(left), int(y + step * 0.35)))
        y += step
    if ruled == 2:
        for column in range(columns + 1):
            rule = np.ones((max(1, int(y - top - step)), 1), np.float32)
            panel.paint(rule, look.fill, (int(left + column * wide) - 3, int(top)))
    return y


def _plot(setter: Typesetter, points: npt.NDArray[np.float64], mask: Mask, bars: bool) -> None:
    """Draw bars or a curve through `points`, (n, 2) pixels; the mask ends at the axis."""
    foot = mask.shape[0] - 1
    if bars:
        half = max(2, int((points[1, 0] - points[0, 0]) * setter.between(0.15, 0.45)))
        for x, y in points:
            cv2.rectangle(mask, (int(x) - half, int(y)), (int(x) + half, foot), 255, -1)
    else:
        cv2.polylines(mask, [points.astype(np.int32)], False, 255, 2, cv2.LINE_AA)


def chart(
    setter: Typesetter, panel: Panel, area: Area, style: Style, look: Look, step: float
) -> float:
    """Draw bars or a curve between axes, with figures along them."""
    left, top, right, bottom = (int(value) for value in area)
    letters, wide = style.letter_height, right - left
    inset, foot = int(4.5 * letters), int(bottom - top - 2.2 * letters)
    bars = setter.chance(0.5)
    xs = np.linspace(inset + 8, max(inset + 20, wide - 20), int(setter.rng.integers(3, 9)))
    ys = foot - setter.rng.uniform(0.05, 0.9, len(xs)) * max(10, foot)
    colour = contrasting(setter.rng, (128, 128, 128), 0)
    drawn = np.zeros((foot + 1, wide), dtype=np.uint8)
    _plot(setter, np.stack([xs, ys], axis=1), drawn, bars)
    cv2.line(drawn, (inset, foot), (wide, foot), 255, 1)
    cv2.line(drawn, (inset, 0), (inset, foot), 255, 1)
    panel.paint(as_coverage(drawn), colour, (left, top))
    for x in xs:
        line = setter.set(str(int(setter.rng.integers(1, 3000))), style, xs[1] - xs[0] - 6)
        if line:
            panel.write(line, look, left + x - line.width / 2, top + foot + 1.7 * letters)
    for y in np.linspace(foot, 10, 4):
        line = setter.set(str(int(setter.rng.integers(0, 100))), style, inset)
        if line:
            panel.write(line, look, left + inset - 6 - line.width, top + y + letters / 2)
    return float(bottom)


PARTS = (paragraph, bullets, bullets, bullets, code, table, chart)
"""What a slide is made of, the frequent ones more than once."""
