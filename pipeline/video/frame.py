"""A frame of a video."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.uint8]  # height x width x 3, BGR


@dataclass(frozen=True, eq=False)
class Frame:
    """index counts the shown frames of the video from 0; time_s is when this one is shown.

    image: upright, in coded pixels (a player stretches those that are not square).
    """

    index: int
    time_s: float
    image: Image
