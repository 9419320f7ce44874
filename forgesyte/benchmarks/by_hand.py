"""The baseline: a simple script with ultralytics and Tesseract, frame by frame.

    python -m forgesyte.benchmarks.by_hand VIDEO WEIGHTS IMAGE_SIZE CONFIDENCE FRAMES

Prints {"frames": ..., "fps": ...}. Runs as a separate program, unaffected by our settings.
"""

import json
import sys
import time

import cv2
import pytesseract
from ultralytics import YOLO

SECONDS = 30.0


def main(video: str, weights: str, image_size: str, confidence: str, frames: str) -> None:
    """The first frame loads the model and is not counted. Stops after SECONDS."""
    model, capture = YOLO(weights), cv2.VideoCapture(video)
    options = {"imgsz": int(image_size), "conf": float(confidence), "device": "cpu"}
    count, begun = -1, time.perf_counter()
    while count < int(frames) and time.perf_counter() - begun < SECONDS:
        found, frame = capture.read()
        if not found:
            break
        model.predict(frame, verbose=False, **options)
        pytesseract.image_to_string(frame)
        count += 1
        begun = begun if count else time.perf_counter()
    fps = count / (time.perf_counter() - begun)
    sys.stdout.write(json.dumps({"frames": count, "fps": round(fps, 2)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
