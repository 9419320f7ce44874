"""The appearance of a line, to tell whether it still looks the same.

A line keeps the picture in which it was read. Encoder noise and movement behind the letters change
that picture without changing the text. So whenever a line that looks different turns out to have
the same text, the difference is tolerated from then on, pixel by pixel, until only the letters
count.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np

from pipeline.follow.kept import Grey
from pipeline.read.boxes import LineBox

PATCH_HEIGHT = 48  # pixels at most; larger lines are scaled down
MARGIN = 1.2  # heights compared on either side of a line, where letters may be added
NOISE = 10  # grey levels by which any pixel may change
# Blurred difference, as a share of the contrast, below which a line is unchanged.
LEAST_CHANGE = 0.26
# The same for a moving line, which may be rotated and lie between pixels.
MOVING_CHANGE = 0.8
REFRESH_CHANGE = 0.4  # change from which the new picture of a moving line is kept
LEAST_MATCH = 0.25  # correlation of two pictures of a line on different backgrounds
PLAIN = 0.06  # standard deviation of an empty background, as a share of the contrast


@dataclass(frozen=True)
class Change:
    """How much a line and its plain margins differ from its picture, as shares of the contrast."""

    inside: float
    margin: float

    def is_below(self, limit: float) -> bool:
        return self.inside < limit and self.margin < limit

    @property
    def amount(self) -> float:
        return max(self.inside, self.margin)


@dataclass(eq=False)
class Appearance:
    """picture: the line and its margins. tolerance: grey levels by which each pixel may change.

    plain_margins: whether the left and the right margin are empty. Only there can added letters be
    told from objects that move past.
    """

    picture: Grey
    tolerance: Grey
    contrast: float
    margin: int  # columns on either side
    blur: tuple[int, int] = field(init=False)
    plain_margins: tuple[bool, bool] = field(init=False)

    def __post_init__(self) -> None:
        kernel = max(3, self.picture.shape[0] // 16 * 2 + 1)
        self.blur = (kernel, kernel)
        left, right = self.picture[:, : self.margin], self.picture[:, -self.margin :]
        most = PLAIN * self.contrast
        self.plain_margins = float(left.std()) < most, float(right.std()) < most

    @classmethod
    def of(cls, grey: Grey, box: LineBox) -> "Appearance":
        width, height = patch_size(box)
        margin = round(MARGIN * height)
        picture = sample(grey, box, (width + 2 * margin, height))
        line = picture[:, margin:-margin]
        low, high = np.percentile(line, (3, 97)).tolist()
        tolerance = np.full_like(picture, NOISE)
        return cls(picture, tolerance, max(24.0, high - low), margin)

    @property
    def size_wh(self) -> tuple[int, int]:
        return self.picture.shape[1], self.picture.shape[0]

    def change(self, picture: Grey) -> Change:
        beyond = cv2.subtract(cv2.absdiff(picture, self.picture), self.tolerance)
        blurred = cv2.blur(beyond, self.blur)
        margin = self.margin
        parts = slice(margin, -margin), slice(margin), slice(-margin, None)
        inside, left, right = (float(cv2.minMaxLoc(blurred[:, part])[1]) for part in parts)
        is_left_plain, is_right_plain = self.plain_margins
        outside = max(is_left_plain * left, is_right_plain * right)
        return Change(inside / self.contrast, outside / self.contrast)

    def resembles(self, picture: Grey) -> bool:
        """Whether it may be the same line at all, on whatever background."""
        inner = slice(self.margin, -self.margin)
        line, other = self.picture[:, inner], picture[:, inner]
        match = cv2.matchTemplate(
            np.ascontiguousarray(other), np.ascontiguousarray(line), cv2.TM_CCOEFF_NORMED
        )
        return float(match[0, 0]) >= LEAST_MATCH

    def tolerate(self, picture: Grey) -> None:
        """Ignore the differences to this picture from now on: its text is the same."""
        differs = cv2.absdiff(picture, self.picture)
        allowed = cv2.addWeighted(differs, 1.25, differs, 0.0, NOISE / 2)
        self.tolerance = np.asarray(cv2.max(self.tolerance, allowed), dtype=np.uint8)


def patch_size(box: LineBox) -> tuple[int, int]:
    """Width and height at which a line is compared, without margins."""
    width, height = box.size_wh
    scale = min(1.0, PATCH_HEIGHT / height)
    return max(2, round(width * scale)), max(6, round(height * scale))


def sample(grey: Grey, box: LineBox, size_wh: tuple[int, int]) -> Grey:
    """The line and its margins at the size of a patch; pixels of the border are repeated."""
    width, height = size_wh
    margin = round(MARGIN * height)
    scale = box.size_wh[1] / height
    if box.degrees == 0 and scale == 1:
        left = round(box.center_xy[0] - width / 2)
        top = round(box.center_xy[1] - height / 2)
        if (
            left >= 0
            and top >= 0
            and left + width <= grey.shape[1]
            and (top + height <= grey.shape[0])
        ):
            return grey[top : top + height, left : left + width]
    across = box.size_wh[0] / (width - 2 * margin)
    return _rotated(grey, box, size_wh, across, scale)


def _rotated(
    grey: Grey, box: LineBox, size_wh: tuple[int, int], across: float, down: float
) -> Grey:
    width, height = size_wh
    angle = np.deg2rad(box.degrees)
    along = np.array([np.cos(angle), np.sin(angle)]) * across
    below = np.array([-np.sin(angle), np.cos(angle)]) * down
    center = np.array(box.center_xy) - 0.5
    corner = center - along * (width / 2 - 0.5) - below * (height / 2 - 0.5)
    shrink = int(min(across, down))
    if shrink >= 2:  # average all pixels, or thin strokes would flicker
        corners = [corner, corner + along * width, corner + below * height]
        corners.append(corner + along * width + below * height)
        low = np.floor(np.min(corners, axis=0)).astype(int) - 2 * shrink
        high = np.ceil(np.max(corners, axis=0)).astype(int) + 2 * shrink
        low = np.maximum(low, 0)
        part = grey[low[1] : max(low[1] + 1, high[1]), low[0] : max(low[0] + 1, high[0])]
        if part.size:
            size = max(1, part.shape[1] // shrink), max(1, part.shape[0] // shrink)
            grey = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
            factor = np.array([size[0] / part.shape[1], size[1] / part.shape[0]])
            corner = (corner + 0.5 - low) * factor - 0.5
            along, below = along * factor, below * factor
    matrix = np.column_stack([along, below, corner])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    patch = cv2.warpAffine(grey, matrix, size_wh, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(patch, dtype=np.uint8)
