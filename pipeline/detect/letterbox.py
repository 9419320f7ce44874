"""Frames scaled and padded to what a YOLO model takes, exactly as ultralytics does it.

Source of the arithmetic: ultralytics 8.4, data/augment.py (LetterBox) and utils/ops.py
(scale_boxes).
"""

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import numpy.typing as npt

PADDING = 114  # grey, as in the training of every YOLO model


@dataclass(frozen=True)
class Letterbox:
    """frame_wh: pixels of the frame. scaled_wh: those of the frame in the model's input.
    input_hw: those of the input. left, top: where the frame begins in it.
    """

    frame_wh: tuple[int, int]
    scaled_wh: tuple[int, int]
    input_hw: tuple[int, int]
    left: int
    top: int

    def image(self, frame: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """The model's input, 1 x height x width x 3, from a frame of frame_wh."""
        canvas = np.full((1, *self.input_hw, 3), PADDING, dtype=np.uint8)
        width, height = self.scaled_wh
        place = canvas[0, self.top : self.top + height, self.left : self.left + width]
        if self.frame_wh == self.scaled_wh:
            place[:] = frame
        else:
            cv2.resize(frame, self.scaled_wh, dst=place, interpolation=cv2.INTER_LINEAR)
        return canvas

    def to_frame(self, xyxy: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Boxes (n x 4) in pixels of the input as boxes in pixels of the frame, not clipped."""
        across = self.scaled_wh[0] / self.frame_wh[0]
        down = self.scaled_wh[1] / self.frame_wh[1]
        offset = np.array([self.left, self.top] * 2, dtype=np.float32)
        gain = np.array([across, down] * 2, dtype=np.float32)
        return ((xyxy - offset) / gain).astype(np.float32)


@lru_cache(maxsize=16)
def fitted(
    frame_wh: tuple[int, int], image_size: int, stride: int, input_hw: tuple[int, int] | None
) -> Letterbox:
    """How a frame goes into the model's input.

    input_hw: of a model that takes one size only. Else the longer side of the frame is scaled to
    image_size and the input is as large as the frame needs, rounded up to the model's stride.
    """
    height, width = input_hw or (image_size, image_size)
    scale = min(height / frame_wh[1], width / frame_wh[0])
    scaled = max(round(frame_wh[0] * scale), 1), max(round(frame_wh[1] * scale), 1)
    across, down = width - scaled[0], height - scaled[1]
    if input_hw is None:
        across, down = across % stride, down % stride
    left, top = round(across / 2 - 0.1), round(down / 2 - 0.1)
    size = scaled[1] + top + round(down / 2 + 0.1), scaled[0] + left + round(across / 2 + 0.1)
    return Letterbox(frame_wh, scaled, size, left, top)
