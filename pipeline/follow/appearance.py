"""What a line looks like, and whether it still looks so.

A line keeps the picture in which it was read. Noise of the encoder and whatever moves behind and
beside the letters change it, too; so each time the line turns out to say the same although its
picture has changed, what changed there is tolerated from then on, pixel by pixel. Soon only the
letters count.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np

from pipeline.follow.kept import Grey
from pipeline.read.boxes import LineBox

PATCH_HEIGHT = 48  # pixels at most; larger letters are compared at this size
SIDES = 1.2  # heights that are looked at beside a line: a letter or a word may be added
NOISE = 10  # levels of grey that any pixel may change by
# Of the contrast, after blurring: below it a line is unchanged.
LEAST_CHANGE = 0.26
# The same for a line that moves and whose letters were found: it turns, and lies between pixels.
MOVING_CHANGE = 0.8
ANOTHER_LOOK = 0.4  # change of a moving line from which its new picture is kept
LEAST_MATCH = 0.25  # correlation of two pictures of a line, whatever is behind it
EVEN = 0.06  # of the contrast: standard deviation of a ground without anything on it


@dataclass(frozen=True)
class Change:
    """How much a line and the even ground beside it differ from its picture, in contrasts."""

    within: float
    beside: float

    def is_less(self, limit: float) -> bool:
        return self.within < limit and self.beside < limit

    @property
    def amount(self) -> float:
        return max(self.within, self.beside)


@dataclass(eq=False)
class Appearance:
    """picture: of the line with its sides. tolerance: levels that each pixel may change by.

    even_sides: whether the ground on the left and on the right shows nothing at all. Letters that
    are added there can be told from things that move past on even ground only.
    """

    picture: Grey
    tolerance: Grey
    contrast: float
    sides: int  # columns on each side
    blur: tuple[int, int] = field(init=False)
    even_sides: tuple[bool, bool] = field(init=False)

    def __post_init__(self) -> None:
        side = max(3, self.picture.shape[0] // 16 * 2 + 1)
        self.blur = (side, side)
        left, right = self.picture[:, : self.sides], self.picture[:, -self.sides :]
        most = EVEN * self.contrast
        self.even_sides = float(left.std()) < most, float(right.std()) < most

    @classmethod
    def of(cls, grey: Grey, box: LineBox) -> "Appearance":
        width, height = patch_size(box)
        sides = round(SIDES * height)
        picture = sample(grey, box, (width + 2 * sides, height))
        line = picture[:, sides:-sides]
        low, high = np.percentile(line, (3, 97)).tolist()
        tolerance = np.full_like(picture, NOISE)
        return cls(picture, tolerance, max(24.0, high - low), sides)

    @property
    def size_wh(self) -> tuple[int, int]:
        return self.picture.shape[1], self.picture.shape[0]

    def change(self, picture: Grey) -> Change:
        beyond = cv2.subtract(cv2.absdiff(picture, self.picture), self.tolerance)
        blurred = cv2.blur(beyond, self.blur)
        parts = slice(self.sides, -self.sides), slice(self.sides), slice(-self.sides, None)
        within, left, right = (float(cv2.minMaxLoc(blurred[:, part])[1]) for part in parts)
        is_even_left, is_even_right = self.even_sides
        beside = max(is_even_left * left, is_even_right * right)
        return Change(within / self.contrast, beside / self.contrast)

    def resembles(self, picture: Grey) -> bool:
        """Whether it may be the same line at all, whatever changed behind the letters."""
        inner = slice(self.sides, -self.sides)
        line, other = self.picture[:, inner], picture[:, inner]
        match = cv2.matchTemplate(
            np.ascontiguousarray(other), np.ascontiguousarray(line), cv2.TM_CCOEFF_NORMED
        )
        return float(match[0, 0]) >= LEAST_MATCH

    def tolerate(self, picture: Grey) -> None:
        """What is different in that picture says nothing about the text."""
        differs = cv2.absdiff(picture, self.picture)
        allowed = cv2.addWeighted(differs, 1.25, differs, 0.0, NOISE / 2)
        self.tolerance = np.asarray(cv2.max(self.tolerance, allowed), dtype=np.uint8)


def patch_size(box: LineBox) -> tuple[int, int]:
    """Width and height at which a line is compared."""
    width, height = box.size_wh
    scale = min(1.0, PATCH_HEIGHT / height)
    return max(2, round(width * scale)), max(6, round(height * scale))


def sample(grey: Grey, box: LineBox, size_wh: tuple[int, int]) -> Grey:
    """The line with its sides at the size of a patch; beyond the frame its edge is repeated."""
    width, height = size_wh
    sides = round(SIDES * height)
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
    across = box.size_wh[0] / (width - 2 * sides)
    return _turned(grey, box, size_wh, across, scale)


def _turned(grey: Grey, box: LineBox, size_wh: tuple[int, int], across: float, down: float) -> Grey:
    width, height = size_wh
    angle = np.deg2rad(box.degrees)
    along = np.array([np.cos(angle), np.sin(angle)]) * across
    below = np.array([-np.sin(angle), np.cos(angle)]) * down
    center = np.array(box.center_xy) - 0.5
    corner = center - along * (width / 2 - 0.5) - below * (height / 2 - 0.5)
    shrink = int(min(across, down))
    if shrink >= 2:  # every pixel counts, or thin strokes come and go
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
