"""What a YOLO model says, turned into rows of x1, y1, x2, y2, confidence, class.

The same as ultralytics' non_max_suppression (utils/nms.py) with OpenCV's implementation, which
needs no PyTorch.
"""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

Rows = npt.NDArray[np.float32]  # n x 6

IOU = 0.7  # ultralytics' default: of two boxes of one class that overlap more, the better stays
MOST_CANDIDATES = 30_000


def detected(output: npt.NDArray[np.float32], end2end: bool, confidence: float, most: int) -> Rows:
    """At most `most` rows above the confidence, the most confident first.

    output: n x 6, sorted rows, from an end-to-end model, which suppresses by itself; (4 + classes)
    x n from others: centre x, centre y, width, height and a score for each class.
    """
    if end2end:
        return output[output[:, 4] > confidence][:most].astype(np.float32)
    candidates = output[:, output[4:].max(axis=0) > confidence].T
    scores = candidates[:, 4:].max(axis=1)
    order = np.argsort(-scores, kind="stable")[:MOST_CANDIDATES]
    candidates, scores = candidates[order], scores[order]
    classes = candidates[:, 4:].argmax(axis=1)
    centre, size = candidates[:, :2], candidates[:, 2:4]
    corner = centre - size / 2
    boxes: Any = np.hstack([corner, size]).astype(np.float64)
    kept = cv2.dnn.NMSBoxesBatched(boxes, scores, classes.astype(np.int32), 0.0, IOU)
    rows = np.hstack([corner, centre + size / 2, scores[:, None], classes[:, None]])
    return np.asarray(rows[np.asarray(kept, dtype=np.intp)[:most]], dtype=np.float32)
