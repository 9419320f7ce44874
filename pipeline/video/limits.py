"""How large a video may be: looked at before it is decoded and while it is."""

from pipeline.config import PipelineConfig
from pipeline.exceptions import VideoTooLarge


def check_pixels(config: PipelineConfig, width: int, height: int) -> None:
    """Raise VideoTooLarge for a frame of more pixels than allowed."""
    if width * height > config.max_pixels:
        raise VideoTooLarge(
            f"The video is {width} x {height} pixels; "
            f"the limit is {config.max_pixels} pixels a frame."
        )


def check_length(config: PipelineConfig, frames: int, seconds: float) -> None:
    """Raise VideoTooLarge for more frames or seconds than allowed."""
    if frames > config.max_frames:
        raise VideoTooLarge(
            f"The video has {frames} frames or more; the limit is {config.max_frames} frames."
        )
    if seconds > config.max_duration_s:
        raise VideoTooLarge(
            f"The video lasts {seconds:.0f} seconds or more; "
            f"the limit is {config.max_duration_s:g} seconds."
        )
