"""What cameras and codecs do to a picture: blur, motion, resolution, noise, JPEG."""

import cv2
import numpy as np

from pipeline.training.clutter import Canvas


def _blur(rng: np.random.Generator, image: Canvas, limit: float) -> Canvas:
    return np.asarray(
        cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.3, limit))), dtype=np.uint8
    )


def _motion(rng: np.random.Generator, image: Canvas, limit: float) -> Canvas:
    length = int(rng.integers(3, max(4, int(3 * limit) + 2)))
    kernel = np.zeros((length, length), dtype=np.float32)
    kernel[length // 2] = 1 / length
    turn = cv2.getRotationMatrix2D(
        (length / 2 - 0.5, length / 2 - 0.5), float(rng.uniform(0, 180)), 1
    )
    kernel = np.asarray(cv2.warpAffine(kernel, turn, (length, length)), dtype=np.float32)
    return np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), dtype=np.uint8)


def _shrink(rng: np.random.Generator, image: Canvas, limit: float) -> Canvas:
    height, width = image.shape[:2]
    factor = 1 / float(rng.uniform(1, 1 + limit / 2))
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (width, height)), dtype=np.uint8)


def _noise(rng: np.random.Generator, image: Canvas) -> Canvas:
    noise = rng.normal(0, float(rng.uniform(2, 20)), image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


def _jpeg(rng: np.random.Generator, image: Canvas, low: int, high: int) -> Canvas:
    quality = int(rng.integers(low, high))
    _, encoded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), dtype=np.uint8)


def _compressed(rng: np.random.Generator, image: Canvas, limit: float) -> Canvas:
    """Return the image as a frame of a poor video: small, coarse, blocky colours."""
    height, width = image.shape[:2]
    factor = float(rng.uniform(max(0.5, 1 / (1 + limit / 3)), 1))
    small = cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    coarse = _jpeg(rng, np.asarray(small, dtype=np.uint8), 12 if limit > 1.5 else 25, 50)
    return np.asarray(cv2.resize(coarse, (width, height)), dtype=np.uint8)


def degrade(rng: np.random.Generator, image: Canvas, letter_height: float) -> Canvas:
    """Return `image` as a camera might see it; letters `letter_height` high stay readable."""
    limit = min(4.0, max(0.5, letter_height / 11))
    chance = rng.random(6)
    if chance[0] < 0.3:
        image = _blur(rng, image, limit)
    if chance[1] < 0.15:
        image = _motion(rng, image, limit)
    if chance[2] < 0.2:
        image = _shrink(rng, image, limit)
    if chance[3] < 0.3:
        image = _noise(rng, image)
    if chance[4] < 0.35:
        image = _jpeg(rng, image, 20, 90)
    elif chance[4] < 0.55:
        image = _compressed(rng, image, limit)
    return image
