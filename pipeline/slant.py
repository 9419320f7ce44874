"""Slanting lines made level.

A detector's box is upright, so around a slanting line it is higher than the letters. The slope is
that of the ink's regression line, which costs microseconds; only a steep one is compared with
others by the profile of the ink: a level line has the most ink in the fewest rows (Postl, Detection
of linear oblique structures and skew scan in digitized documents, 1986).
"""

import math

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.ink import ink_of, shrunk
from pipeline.regions import Gray, Picture

LEAST_RISE = 0.2  # of the height of the crop; what rises less is read as well without turning
LEAST_DEGREES, MOST_DEGREES = 2.0, 40.0
# The regression is drawn to the level by what stands in the corners, hence more steep ones.
FACTORS = (0.6, 0.8, 1.0, 1.2, 1.4, 1.7)
LEAST_GAIN = 1.1  # by which the profile of a turned line must be more peaked
LEAST_INK = 0.12  # of the fullest row, in each row of a line
MARGIN = 0.15  # around a turned line, in its heights


def straightened(crop: Picture) -> Picture:
    """The crop of one line, turned to the level and cut to the line if it slants clearly."""
    slope = _slope(ink_of(shrunk(cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY))))
    if slope == 0:
        return crop
    level = _turned(crop, math.atan(slope))
    top, bottom = _rows(ink_of(cv2.cvtColor(level, cv2.COLOR_BGR2GRAY)))
    return np.ascontiguousarray(level[top:bottom], dtype=np.uint8)


def _turned(crop: Picture, angle: float) -> Picture:
    """Turned about its middle and widened, so that a line from corner to corner stays whole."""
    height, width = crop.shape[:2]
    wide = round(width * math.cos(angle) + height * abs(math.sin(angle)))
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), math.degrees(angle), 1)
    turn[0, 2] += (wide - width) / 2
    turned = cv2.warpAffine(
        crop, turn, (wide, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(turned, dtype=np.uint8)


def _slope(ink: Gray) -> float:
    """Pixels down for each pixel to the right; 0 if the line is level or no slope is clear."""
    moments = cv2.moments(ink, binaryImage=True)
    height, width = ink.shape
    if moments["mu20"] == 0:
        return 0.0
    slope = moments["mu11"] / moments["mu20"]
    if abs(slope) * width < LEAST_RISE * height:
        return 0.0
    peak, best = max((_peakedness(_profile(ink, slope * f)), slope * f) for f in FACTORS)
    degrees = abs(math.degrees(math.atan(best)))
    is_clear = peak >= LEAST_GAIN * _peakedness(_profile(ink, 0.0))
    return best if is_clear and LEAST_DEGREES <= degrees <= MOST_DEGREES else 0.0


def _profile(ink: Gray, slope: float) -> npt.NDArray[np.float64]:
    """Ink of each row after the columns were moved up by the slope."""
    height, width = ink.shape
    shear = np.array([[1, 0, 0], [-slope, 1, slope * width / 2]], dtype=np.float64)
    moved = cv2.warpAffine(ink, shear, (width, height))
    return np.asarray(cv2.reduce(moved, 1, cv2.REDUCE_SUM, dtype=cv2.CV_64F)[:, 0])


def _peakedness(profile: npt.NDArray[np.float64]) -> float:
    return float(profile @ profile)


def _rows(ink: Gray) -> tuple[int, int]:
    """First and last row, excluded, of the line that passes the middle, with a margin."""
    profile = _profile(ink, 0.0)
    third = len(profile) // 3
    middle = third + int(profile[third : len(profile) - third].argmax())
    empty = np.flatnonzero(profile < LEAST_INK * profile[middle])
    top = int(max(empty[empty < middle], default=-1)) + 1
    bottom = int(min(empty[empty > middle], default=len(profile)))
    margin = max(1, round(MARGIN * (bottom - top)))
    return max(0, top - margin), bottom + margin
