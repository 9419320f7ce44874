"""What the pipeline needs to know about the machine it runs on. Built once by the settings."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

PACKAGE_DIR = Path(__file__).resolve().parent
DEFAULT_PIPELINE_ID = "yolo_ocr"

# Decoding H.264 of 8192 x 4320 takes 1.1 GB; 17 frames in 16 bits without subsampling take 3.6 GB.
# Beside them 256 MiB of pixels are in flight, and models of further pipelines are loaded.
BYTES_A_PIXEL = 17 * 6
BESIDE_PIXELS = 2 * 2**30

Device = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True)
class PipelineConfig:
    """Frozen and picklable, so that a child process gets the same values as its parent.

    cache_dir: where OpenVINO exports and the vendors' own settings are kept; made when missing.
    device: "auto" is CUDA where there is one, else the CPU.
    max_pixels: width x height of one frame; the default is DCI 8K (8192 x 4320).
    max_frames: frames of one video; the default is 9 hours at 30 frames a second.
    max_duration_s: seconds of one video.
    silent_s: seconds in which a decoder has to bring a frame, see pipeline.video.watchdog.
    memory_bytes: what a video may take beside the loaded models; 0 is what max_pixels need.
    """

    cache_dir: Path
    device: Device = "auto"
    max_pixels: int = 8192 * 4320
    max_frames: int = 1_000_000
    max_duration_s: float = 24 * 60 * 60
    silent_s: float = 60.0
    memory_bytes: int = 0
    definitions_dir: Path = PACKAGE_DIR / "pipelines"
    weights_dir: Path = PACKAGE_DIR / "weights"

    def __post_init__(self) -> None:
        if self.device not in ("auto", "cpu", "cuda"):
            raise ValueError(f"device is {self.device!r}; allowed are 'auto', 'cpu', 'cuda'")
        for name in ("max_pixels", "max_frames", "max_duration_s", "silent_s"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be greater than 0")
        if self.memory_bytes == 0:
            needed = BESIDE_PIXELS + BYTES_A_PIXEL * self.max_pixels
            object.__setattr__(self, "memory_bytes", needed)
        for name in ("cache_dir", "definitions_dir", "weights_dir"):
            # A child process may have another working directory.
            object.__setattr__(self, name, getattr(self, name).absolute())
