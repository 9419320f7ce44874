"""How many threads each library gets. One decision, made here for all of them.

Frames are independent of each other, so a pool of one thread for each core runs them, and within a
frame no library starts threads of its own: they would take turns on cores that are busy.
- OpenVINO computes one inference on each of its threads (NUM_STREAMS = INFERENCE_NUM_THREADS).
- OpenCV resizes on the calling thread; Tesseract reads on it (OMP_THREAD_LIMIT in pipeline.vendor).
- FFmpeg decodes beside them. It needs a part of the time of one frame only, so a few threads are
  enough, and each of them holds frames: with one per core of a large machine, gigabytes at 8K.
"""

import os

DECODER_THREADS = 2
OMP_THREAD_LIMIT = 1


def cores() -> int:
    """The processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def frames_at_once() -> int:
    """The threads of the pool that runs frames."""
    return cores()


def limit_opencv() -> None:
    """OpenCV's own pool stays unused in this process."""
    import cv2

    cv2.setNumThreads(1)


def openvino_properties() -> dict[str, object]:
    """For compile_model: as many inferences at once as there are frames at once.

    The precision is set because the default is bfloat16 where there is hardware for it, which finds
    slightly other boxes. No pinning: the decoder's threads would wait for pinned cores.
    """
    return {
        "NUM_STREAMS": frames_at_once(),
        "INFERENCE_NUM_THREADS": frames_at_once(),
        "ENABLE_CPU_PINNING": False,
        "INFERENCE_PRECISION_HINT": "f32",
    }


def reading_properties(streams: int) -> dict[str, object]:
    """For compile_model, for PP-OCR's models: so many inferences at once, on all cores together.

    The precision is OpenVINO's choice: bfloat16 where the processor computes in it. That takes half
    the time and reads real pictures as well: recall 0.859 at precision 0.958, where float32 had
    0.855 at 0.958.
    """
    properties = {**openvino_properties(), "NUM_STREAMS": streams}
    del properties["INFERENCE_PRECISION_HINT"]
    return properties
