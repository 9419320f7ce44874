"""Videos as cameras, browsers, editors and accidents write them: which frames, when, how large."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from pipeline.config import PipelineConfig
from pipeline.exceptions import UnreadableVideo
from pipeline.tests.video_files import DATA, with_matrix, without_samples, write_video
from pipeline.video.frame import Image
from pipeline.video.reader import VideoReader


@dataclass(frozen=True)
class Kind:
    """frames that a player shows; seconds; frames that cannot be decoded."""

    frames: int
    first_s: float
    last_s: float
    duration_s: float
    unreadable: int = 0


# Made with ffmpeg, the two of MediaRecorder with Chromium.
KINDS = {
    # ffmpeg 5.1: -f lavfi -i testsrc=size=96x64:rate=25:duration=2 -c:v libx264 -bf 3 -g 25
    # -crf 40; then -ss 1.3 -c copy, and -c copy -movflags +frag_keyframe+empty_moov.
    "b_frames": Kind(50, 0.0, 1.96, 2.0),
    "trimmed": Kind(17, 0.0, 0.64, 0.68),
    "fragmented": Kind(50, 0.08, 2.04, 2.0),
    "interlaced_h264": Kind(10, 0.0, 1.8, 2.0),
    "interlaced_mpeg4": Kind(15, 0.0, 0.56, 0.6),
    "frag_empty_moov": Kind(20, 0.2, 2.1, 2.0),  # starts late
    "mediarecorder_avc": Kind(50, 0.0, 4.9, 4.93),
    "mediarecorder_av1": Kind(50, 0.0, 4.9, 4.93),
    "vfr_pause": Kind(1002, 0.0, 93.37, 93.4),  # variable rate with a pause of a minute
    "trimmed_editlist": Kind(19, 0.0, 1.8, 1.9),  # an edit list hides 11 frames
    "zero_duration": Kind(30, 0.0, 2.9, 3.0),  # its header says that it lasts 0 s
    "absurd_mdhd": Kind(30, 0.0, 2.9, 3.0),  # a header claims 25 hours
    "one_frame_in_10s": Kind(6, 0.0, 50.0, 60.0),
    "bad_middle": Kind(49, 0.0, 4.9, 5.0, unreadable=1),
    "bad_first": Kind(40, 1.0, 4.9, 4.0, unreadable=1),  # the first key frame is destroyed
    "no_first_keyframe": Kind(40, 1.0, 4.9, 4.0),  # begins between key frames
    "opengop_cut_noeditlist": Kind(50, 0.24, 2.2, 2.0),  # leading pictures are not damage
    "size_changes": Kind(18, 0.0, 1.7, 1.8),
}


@pytest.mark.parametrize("name", KINDS)
def test_frames_and_times(name: str, config: PipelineConfig) -> None:
    kind, reader = KINDS[name], VideoReader(DATA / f"{name}.mp4", config)

    times = [frame.time_s for frame in reader.frames()]

    assert len(times) == kind.frames == reader.facts.frames
    assert times == sorted(times)
    ends, frame_s = (reader.times[0], reader.times[-1]), kind.duration_s / kind.frames
    assert ends == pytest.approx((kind.first_s, kind.last_s), abs=0.1 * frame_s)
    assert reader.facts.duration_s == pytest.approx(kind.duration_s, abs=0.2 * frame_s)
    assert reader.unreadable == kind.unreadable
    asked = VideoReader(DATA / f"{name}.mp4", config)
    assert asked.times_of(kind.frames) == reader.times
    assert asked.unreadable == kind.unreadable


def test_frames_lost_in_the_middle(tmp_path: Path, config: PipelineConfig) -> None:
    """What can be decoded is read; the rest is counted."""
    whole = write_video(tmp_path / "whole.mp4", 48, codec="mjpeg", pix_fmt="yuvj420p")
    reader = VideoReader(without_samples(whole, tmp_path / "holes.mp4", 0.5, 0.7), config)

    times = [frame.time_s for frame in reader.frames()]

    assert 8 <= reader.unreadable <= 11
    assert len(times) == 48 - reader.unreadable
    assert times[-1] == pytest.approx(47 / 25)


def test_encrypted_video_is_named(config: PipelineConfig) -> None:
    with pytest.raises(UnreadableVideo, match="encrypted"):
        list(VideoReader(DATA / "cenc.mp4", config).frames())


TURNS: dict[str, tuple[tuple[int, int, int, int], Callable[[Image], Image]]] = {
    "as it is": ((1, 0, 0, 1), lambda image: image),
    "a quarter to the right": ((0, 1, -1, 0), lambda image: np.rot90(image, -1)),
    "a quarter to the left": ((0, -1, 1, 0), np.rot90),
    "half": ((-1, 0, 0, -1), lambda image: np.rot90(image, 2)),
    "mirrored": ((-1, 0, 0, 1), np.fliplr),
    "upside down": ((1, 0, 0, -1), np.flipud),
    "transposed": ((0, 1, 1, 0), lambda image: image.swapaxes(0, 1)),
}


@pytest.mark.parametrize("turn", TURNS)
def test_frames_are_upright(
    turn: str, tiny_mp4: Path, tmp_path: Path, config: PipelineConfig
) -> None:
    matrix, turned = TURNS[turn]
    coded = [frame.image for frame in VideoReader(tiny_mp4, config).frames()]
    reader = VideoReader(with_matrix(tiny_mp4, tmp_path / "a.mp4", *matrix), config)

    images = [frame.image for frame in reader.frames()]

    assert all(np.array_equal(a, turned(b)) for a, b in zip(images, coded, strict=True))
    assert reader.facts.size_of(0) == (images[0].shape[1], images[0].shape[0])


def test_pixels_that_are_not_square(config: PipelineConfig) -> None:
    reader = VideoReader(DATA / "sar_2to1.mp4", config)

    image = next(reader.frames()).image

    assert image.shape == (360, 320, 3)
    assert reader.facts.size_of(0) == (320, 360)
    assert reader.facts.shown_size_of(0) == (640, 360)


def test_turned_pixels_that_are_not_square(tmp_path: Path, config: PipelineConfig) -> None:
    turned = with_matrix(DATA / "sar_2to1.mp4", tmp_path / "a.mp4", 0, 1, -1, 0)
    reader = VideoReader(turned, config)

    next(reader.frames())

    assert reader.facts.pixel_aspect == 0.5
    assert reader.facts.shown_size_of(0) == (180, 320)


def test_each_frame_has_its_own_size(config: PipelineConfig) -> None:
    reader = VideoReader(DATA / "size_changes.mp4", config)

    shapes = [frame.image.shape for frame in reader.frames()]

    assert shapes == [(360, 640, 3)] * 8 + [(640, 480, 3)] * 10
    assert [reader.facts.size_of(frame) for frame in (0, 7, 8, 17)] == [
        (640, 360),
        (640, 360),
        (480, 640),
        (480, 640),
    ]


@pytest.mark.parametrize("matrix", ["bt709", "smpte170m", "bt2020nc"])
@pytest.mark.parametrize("wide", [False, True])
def test_colours_follow_matrix_and_range(
    matrix: str, wide: bool, tmp_path: Path, config: PipelineConfig
) -> None:
    """The same colour, coded by each matrix and in either range, comes out the same."""
    import av

    # From ITU-R BT.709, BT.601 and BT.2020: the weights of red and blue in luma.
    red, blue = {"bt709": (0.2126, 0.0722), "smpte170m": (0.299, 0.114)}.get(
        matrix, (0.2627, 0.0593)
    )
    r, g, b = 0.1875, 0.625, 0.875
    luma = red * r + (1 - red - blue) * g + blue * b
    cb, cr = (b - luma) / (2 - 2 * blue), (r - luma) / (2 - 2 * red)
    scale_y, scale_c, low = (255, 255, 0) if wide else (219, 224, 16)
    planes = [low + scale_y * luma, 128 + scale_c * cb, 128 + scale_c * cr]
    path = tmp_path / "a.mp4"
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=5, options={"crf": "1"})
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv444p"
        stream.codec_context.colorspace = {"bt709": 1, "smpte170m": 6, "bt2020nc": 9}[matrix]
        stream.codec_context.color_range = 2 if wide else 1
        picture = np.stack([np.full((64, 64), round(value), np.uint8) for value in planes])
        frame = av.VideoFrame.from_ndarray(picture, format="yuv444p")
        frame.colorspace = stream.codec_context.colorspace
        frame.color_range = stream.codec_context.color_range
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))

    image = next(VideoReader(path, config).frames()).image

    assert image[32, 32].tolist() == pytest.approx([255 * b, 255 * g, 255 * r], abs=4)
