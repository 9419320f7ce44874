"""A video with what was found drawn on it, playable in browsers."""

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from itertools import chain, pairwise
from typing import Any, BinaryIO, cast

import av
import cv2
import numpy as np
from av.codec.context import Flags
from av.video.frame import VideoFrame
from av.video.reformatter import Colorspace, VideoReformatter
from av.video.stream import VideoStream

from pipeline.video.frame import Frame, Image
from pipeline.video.reader import VideoReader

# H.264 where FFmpeg has an encoder; browsers play VP9 in MP4, too.
ENCODERS = {
    "libx264": {"crf": "21", "preset": "veryfast"},
    "libvpx-vp9": {"crf": "31", "deadline": "good", "cpu-used": "5"},
}
TIME_BASE = Fraction(1, 90_000)
BT709, LIMITED = 1, 1  # ITU-T H.273: of colours, and their range
MOST_LINES = 12
COLOURS = [(80, 200, 80), (60, 150, 250), (250, 170, 60), (230, 100, 200), (90, 220, 230)]  # BGR
WHITE = (255, 255, 255)
FONT = "uni"  # OpenCV's own; it has the letters of most languages
Item = dict[str, Any]


def annotate(
    reader: VideoReader, items: Iterable[Item], lines: int, file: BinaryIO, done: Callable[[], None]
) -> None:
    """Write an MP4 with the frames up to that of the last item, each as long as in the video.

    Boxes are drawn on the picture, the text stands below it in `lines` lines. An item counts until
    the next one. `done` is called after each frame. Raises PipelineError.
    """
    name = next(name for name in ENCODERS if name in av.codecs_available)
    reformatter, pts = VideoReformatter(), -1
    with av.open(file, "w", format="mp4") as container:
        stream = cast(VideoStream, container.add_stream(name, options=ENCODERS[name]))
        for picture, start, end in _drawn(reader, items, lines):
            if not stream.codec_context.is_open:
                _set_up(stream, picture, reader.facts.pixel_aspect)
            size = (stream.width, stream.height)
            if picture.shape[1::-1] != size:  # the size of the video changes
                picture = cv2.resize(picture, size)
            frame = reformatter.reformat(
                VideoFrame.from_ndarray(picture, format="bgr24"),
                format="yuv420p",
                dst_colorspace=Colorspace.ITU709,
            )
            frame.time_base = TIME_BASE
            frame.pts = pts = max(pts + 1, round(start / TIME_BASE))
            frame.duration = max(1, round(end / TIME_BASE) - pts)
            container.mux(stream.encode(frame))
            done()
        container.mux(stream.encode(None))


def _set_up(stream: VideoStream, picture: Image, pixel_aspect: float) -> None:
    stream.height, stream.width = picture.shape[:2]
    stream.pix_fmt = "yuv420p"
    stream.time_base = stream.codec_context.time_base = TIME_BASE
    stream.codec_context.flags |= Flags.frame_duration  # of the last frame, too
    aspect = Fraction(pixel_aspect).limit_denominator(255)
    stream.codec_context.sample_aspect_ratio = aspect
    stream.codec_context.colorspace = stream.codec_context.color_primaries = BT709
    stream.codec_context.color_trc, stream.codec_context.color_range = BT709, LIMITED


def _drawn(
    reader: VideoReader, items: Iterable[Item], lines: int
) -> Iterator[tuple[Image, float, float]]:
    """Pictures with the seconds from which to which they are shown; the first starts at 0."""
    found = _with_items(reader.frames(), iter(items))
    begin: float | None = None
    for now, following in pairwise(chain(found, [None])):
        assert now is not None
        frame, item = now
        begin = frame.time_s if begin is None else begin
        if following is not None:
            end = following[0].time_s - begin
        else:
            end = max(frame.time_s - begin, reader.facts.duration_s)
        yield _picture(frame.image, item["result"], lines), frame.time_s - begin, end


def _with_items(frames: Iterable[Frame], items: Iterator[Item]) -> Iterator[tuple[Frame, Item]]:
    """Each frame with the latest item; ends behind the frame of the last item."""
    following = next(items, None)
    item: Item = {"result": {"detections": [], "text": ""}}
    for frame in frames:
        if following is None:
            return
        if following["frame_index"] <= frame.index:
            item, following = following, next(items, None)
        yield frame, item


def _picture(image: Image, result: dict[str, Any], lines: int) -> Image:
    """The frame with boxes, above its text."""
    height, width = image.shape[:2]
    size = max(12, round(min(height, width) / 28))
    row = round(1.5 * size)
    band = row * lines + size // 2 if lines else 0
    drawn = np.zeros((height + band + (height + band) % 2, width + width % 2, 3), np.uint8)
    drawn[:height, :width] = image
    for found in result["detections"]:
        _draw_box(drawn[:height, :width], found, size)
    text = [line for line in result["text"].split("\n") if line][:lines]
    for number, line in enumerate(text, 1):
        cv2.putText(
            drawn, line, (size // 2, height + number * row), WHITE, cv2.FontFace(FONT), size
        )
    return drawn


def _draw_box(image: Image, found: dict[str, Any], size: int) -> None:
    """A frame around the box. What shows text has no label: the text itself stands below."""
    x1, y1, x2, y2 = (round(number) for number in found["bbox"])
    colour = COLOURS[sum(found["class"].encode()) % len(COLOURS)]
    thick = max(1, size // 8)
    cv2.rectangle(image, (x1 - thick, y1 - thick), (x2 + thick, y2 + thick), colour, thick)
    if found["class"] != "text":
        label = f"{found['class']} {found['confidence']:.0%}"
        above = y1 - 2 * thick if y1 > 2 * size else y2 + size + thick
        cv2.putText(image, label, (x1, above), colour, cv2.FontFace(FONT), size)
