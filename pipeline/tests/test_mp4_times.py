from pathlib import Path

import pytest

from pipeline.config import PipelineConfig
from pipeline.mp4_times import frame_times
from pipeline.tests.video_files import write_video
from pipeline.video import open_capture

DATA = Path(__file__).parent / "data"


def decoded_times(video: Path) -> list[float]:
    """What the decoder says while it goes through the video."""
    times = []
    with open_capture(video) as capture:
        while capture.grab():
            times.append(capture.get(0) / 1000)  # CAP_PROP_POS_MSEC
    return [time - times[0] for time in times]


@pytest.mark.parametrize("name", ["b_frames.mp4", "trimmed.mp4", "uneven.mp4"])
def test_times_are_those_of_the_decoder(name: str, config: PipelineConfig) -> None:
    """uneven.mp4 has frames left out at random; it was made by:

    ffmpeg -f lavfi -i testsrc=size=96x64:rate=25:duration=6 -vf "select='lt(random(1),0.4)'"
        -fps_mode vfr -frames:v 40 -c:v libx264 -bf 3 -g 10 -x264-params open-gop=1
        -pix_fmt yuv420p -crf 40 -bitexact uneven.mp4
    """
    times = frame_times(DATA / name, config.max_frames)

    assert times is not None
    assert list(times) == pytest.approx(decoded_times(DATA / name))


def test_evenly_spaced_frames(tmp_path: Path) -> None:
    times = frame_times(write_video(tmp_path / "a.mp4", 20), max_frames=20)

    assert times is not None
    assert list(times) == pytest.approx([index / 25 for index in range(20)])


def test_what_the_tables_do_not_tell(config: PipelineConfig) -> None:
    assert frame_times(DATA / "fragmented.mp4", config.max_frames) is None
    assert frame_times(DATA / "b_frames.mp4", max_frames=49) is None
