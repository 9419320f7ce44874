"""Finds a line that has moved."""

import math
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.follow.appearance import Appearance, sample
from pipeline.follow.kept import Grey
from pipeline.read.boxes import LineBox

MOST_POINTS = 40
LEAST_POINTS = 6
WINDOW = (17, 17)  # pixels of a patch
LEVELS = 2  # of the pyramid; enough for shifts of about 20 pixels of a patch
INLIERS = 0.5
MOST_SCROLL = 6  # heights
SIDEWAYS = 4  # pixels
LEAST_SCROLL_MATCH = 0.9  # correlation
STEADY = 24  # tolerance, in grey levels, up to which a pixel belongs to the letters

Points = npt.NDArray[np.float32]


def feature_points(appearance: Appearance) -> Points | None:
    """Corners of the letters that optical flow can track; None if there are too few."""
    steady = (appearance.tolerance <= STEADY).astype(np.uint8)
    margin = appearance.margin
    steady[:, :margin] = steady[:, -margin:] = 0
    found = cv2.goodFeaturesToTrack(appearance.picture, MOST_POINTS, 0.05, 3, mask=steady)
    return None if found is None or len(found) < LEAST_POINTS else np.asarray(found, np.float32)


def flow_box(
    appearance: Appearance, points: Points, grey: Grey, predicted: LineBox
) -> LineBox | None:
    """The box of the line in a frame, near the predicted one; None if it is not found.

    Lucas-Kanade optical flow from the line's own picture, not from the previous frame, so errors
    do not accumulate.
    """
    patch = np.ascontiguousarray(sample(grey, predicted, appearance.size_wh))
    picture = np.ascontiguousarray(appearance.picture)
    found, status, _ = cv2.calcOpticalFlowPyrLK(
        picture, patch, points, np.empty_like(points), winSize=WINDOW, maxLevel=LEVELS
    )
    good = status.ravel() == 1
    if good.sum() < LEAST_POINTS:
        return None
    before, after = points[good].reshape(-1, 2), found[good].reshape(-1, 2)
    shift = np.median(after - before, axis=0)
    near = np.abs(after - before - shift).max(axis=1) < 0.75
    if near.mean() >= 0.8:
        return _transformed(predicted, appearance, np.array([[1, 0, shift[0]], [0, 1, shift[1]]]))
    matrix, inliers = cv2.estimateAffinePartial2D(
        before, after, method=cv2.RANSAC, ransacReprojThreshold=1.0
    )
    if matrix is None or inliers.mean() < INLIERS or inliers.sum() < LEAST_POINTS:
        return None
    return _transformed(predicted, appearance, matrix)


def _transformed(
    predicted: LineBox, appearance: Appearance, matrix: npt.NDArray[np.float64]
) -> LineBox | None:
    """The predicted box, moved by an affine matrix that is in pixels of its patch."""
    width, height = appearance.size_wh
    center = np.array([(width - 1) / 2, (height - 1) / 2])
    offset = matrix[:, :2] @ center + matrix[:, 2] - center
    growth = math.hypot(matrix[0, 0], matrix[1, 0])
    if not 0.7 < growth < 1.4:
        return None
    turn = math.degrees(math.atan2(matrix[1, 0], matrix[0, 0]))
    scale = predicted.size_wh[1] / height
    angle = math.radians(predicted.degrees)
    dx, dy = (offset * scale).tolist()
    x = predicted.center_xy[0] + dx * math.cos(angle) - dy * math.sin(angle)
    y = predicted.center_xy[1] + dx * math.sin(angle) + dy * math.cos(angle)
    wide, high = predicted.size_wh
    size = wide * growth, high * growth
    return replace(predicted, center_xy=(x, y), size_wh=size, degrees=predicted.degrees + turn)


def scroll_offset(appearance: Appearance, grey: Grey, box: LineBox) -> tuple[int, int] | None:
    """By how many pixels (x, y) a level line has scrolled since the last frame, as in a terminal.

    None if it is not found within MOST_SCROLL heights.
    """
    height, width = grey.shape
    x1, y1, x2, y2 = (round(value) for value in box.xyxy)
    reach = round(MOST_SCROLL * (y2 - y1))
    top, left = max(0, y1 - reach), max(0, x1 - SIDEWAYS)
    window = grey[top : min(height, y2 + reach), left : min(width, x2 + SIDEWAYS)]
    inner = slice(appearance.margin, -appearance.margin)
    picture = np.ascontiguousarray(appearance.picture[:, inner])
    if picture.shape != (y2 - y1, x2 - x1):
        picture = np.asarray(cv2.resize(picture, (x2 - x1, y2 - y1)), dtype=np.uint8)
    if window.shape[0] < picture.shape[0] or window.shape[1] < picture.shape[1]:
        return None
    match = cv2.matchTemplate(np.ascontiguousarray(window), picture, cv2.TM_CCOEFF_NORMED)
    _, best, _, place = cv2.minMaxLoc(match)
    if best < LEAST_SCROLL_MATCH:
        return None
    return left + place[0] - x1, top + place[1] - y1
