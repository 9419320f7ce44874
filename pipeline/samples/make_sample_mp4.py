"""Make the sample video of the demo: a short match with a title, captions and a scoreboard.

    python -m pipeline.samples.make_sample_mp4

Writes sample.mp4 beside this file: 7 s, 1280 x 720, 12 frames a second. The letters are those
of Pillow's own font, so no font needs to be installed.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

SAMPLE_MP4 = Path(__file__).with_name("sample.mp4")
SIZE = (1280, 720)
FPS = 12
SECONDS = 7.0

TITLE = "FORGESYTE CUP FINAL"
SCOREBOARDS = ("HOME 0 : 0 AWAY", "HOME 1 : 0 AWAY")
CAPTIONS = ("KICK OFF AT CITY PARK", "GOAL BY NUMBER SEVEN", "FULL TIME")
WORDS = tuple(
    sorted(
        {
            word
            for line in (TITLE, *SCOREBOARDS, *CAPTIONS)
            for word in line.split()
            if word.isalpha()
        }
    )
)
"""Every word burnt into the video; the figures of the scoreboard are in SCOREBOARDS."""

GOAL_AT, FULL_TIME_AT, TITLE_UNTIL = 3.2, 5.2, 1.6
SCOREBOARD_Y, TITLE_Y, CAPTION_Y = 54.0, 360.0, 664.0

_GRASS = ((46, 125, 62), (52, 136, 69))
_CHALK, _NAVY, _WHITE, _PAPER = (226, 238, 226), (14, 26, 56), (250, 250, 250), (244, 246, 248)
_AMBER = (255, 176, 0)
_HOME, _AWAY, _KEEPER = (206, 44, 52), (36, 72, 190), (240, 200, 40)
_SUBPIXEL = 4
_WORD_SPACE = "  "  # the font's own space is so narrow that readers join the words

Frame = npt.NDArray[np.uint8]
Point = tuple[float, float]
Colour = tuple[int, int, int]


@dataclass(frozen=True)
class Player:
    """A player who runs around a place on the pitch; lengths in pixels, time in seconds."""

    home: Point
    shirt: Colour
    reach: Point = (60.0, 30.0)
    period: float = 4.0

    def at(self, seconds: float) -> Point:
        """Return where the player is."""
        phase = 2 * np.pi * seconds / self.period + self.home[0]
        return (
            self.home[0] + self.reach[0] * float(np.cos(phase)),
            self.home[1] + self.reach[1] * float(np.sin(phase)),
        )


PLAYERS = (
    Player((90, 360), _KEEPER, (8, 40)),
    Player((300, 240), _HOME),
    Player((330, 490), _HOME, period=5),
    Player((560, 330), _HOME, (80, 40)),
    Player((800, 470), _HOME, (70, 40), 3),
    Player((1190, 360), _KEEPER, (8, 55), 3),
    Player((960, 250), _AWAY, period=5),
    Player((980, 480), _AWAY),
    Player((700, 230), _AWAY, (80, 30), 3.5),
    Player((480, 500), _AWAY, (70, 30)),
)
_BALL_WAY: tuple[tuple[float, Point], ...] = (
    (0.0, (640, 360)),
    (0.8, (420, 430)),
    (1.6, (610, 300)),
    (2.4, (860, 450)),
    (GOAL_AT, (1262, 322)),
    (4.4, (1262, 340)),
    (FULL_TIME_AT, (640, 360)),
    (SECONDS, (640, 360)),
)


def _scaled(point: Point) -> tuple[int, int]:
    return round(point[0] * 2**_SUBPIXEL), round(point[1] * 2**_SUBPIXEL)


def _disc(frame: Frame, centre: Point, radius: float, colour: Colour, thickness: int = -1) -> None:
    radius_scaled = round(radius * 2**_SUBPIXEL)
    cv2.circle(
        frame, _scaled(centre), radius_scaled, colour, thickness, cv2.LINE_AA, shift=_SUBPIXEL
    )


def pitch() -> Frame:
    width, height = SIZE
    frame = np.zeros((height, width, 3), dtype=np.uint8)
    for index, x in enumerate(range(0, width, 128)):
        frame[:, x : x + 128] = _GRASS[index % 2]
    cv2.rectangle(frame, (40, 110), (width - 40, 610), _CHALK, 4)
    cv2.line(frame, (width // 2, 110), (width // 2, 610), _CHALK, 4)
    _disc(frame, (width / 2, 360), 90, _CHALK, 4)
    for left, right in ((40, 190), (width - 190, width - 40)):
        cv2.rectangle(frame, (left, 220), (right, 500), _CHALK, 4)
    for left, right in ((8, 40), (width - 40, width - 8)):
        cv2.rectangle(frame, (left, 290), (right, 430), (120, 140, 130), -1)
        cv2.rectangle(frame, (left, 290), (right, 430), _WHITE, 4)
    return frame


def _ball_at(seconds: float) -> Point:
    times = [time for time, _ in _BALL_WAY]
    x, y = (
        float(np.interp(seconds, times, [point[axis] for _, point in _BALL_WAY])) for axis in (0, 1)
    )
    return x, y


def _draw_match(frame: Frame, seconds: float) -> None:
    for player in PLAYERS:
        x, y = player.at(seconds)
        _disc(frame, (x + 5, y + 8), 19, (36, 96, 48))
        _disc(frame, (x, y), 19, player.shirt)
        _disc(frame, (x, y), 19, _WHITE, 2)
        _disc(frame, (x, y - 3), 8, (238, 196, 160))
    x, y = _ball_at(seconds)
    _disc(frame, (x + 4, y + 6), 10, (36, 96, 48))
    _disc(frame, (x, y), 10, _WHITE)
    _disc(frame, (x, y), 10, (60, 60, 60), 1)


def _plate(
    draw: ImageDraw.ImageDraw, text: str, centre: Point, letters: float, bar: Colour
) -> None:
    font = ImageFont.load_default(size=letters)
    text = text.replace(" ", _WORD_SPACE)
    half = font.getlength(text) / 2 + letters
    x, y = centre
    draw.rectangle((x - half, y - letters * 0.8, x + half, y + letters * 0.8), fill=_PAPER)
    draw.rectangle((x - half - 10, y - letters * 0.8, x - half, y + letters * 0.8), fill=bar)
    draw.text(centre, text, fill=_NAVY, font=font, anchor="mm", stroke_width=letters / 60)


def lines_at(seconds: float) -> tuple[str, ...]:
    """Return the lines to be read at this time: scoreboard, title while it shows, caption."""
    scored, over = seconds >= GOAL_AT, seconds >= FULL_TIME_AT
    title = (TITLE,) if seconds < TITLE_UNTIL else ()
    return (SCOREBOARDS[scored], *title, CAPTIONS[scored + over])


def sample_frame(pitch: Frame, seconds: float) -> Frame:
    """Return the frame at this time, (720, 1280, 3) uint8 RGB; `pitch` stays as it is."""
    frame = pitch.copy()
    _draw_match(frame, seconds)
    image = Image.fromarray(frame)
    draw = ImageDraw.Draw(image)
    scoreboard, *title, caption = lines_at(seconds)
    _plate(draw, scoreboard, (SIZE[0] / 2, SCOREBOARD_Y), 44, _AMBER)
    _plate(draw, caption, (SIZE[0] / 2, CAPTION_Y), 48, _HOME)
    for line in title:
        _plate(draw, line, (SIZE[0] / 2, TITLE_Y), 80, _AMBER)
    return np.asarray(image, dtype=np.uint8)


def make_sample_mp4(path: Path, seconds: float = SECONDS) -> Path:
    """Write the video (VP9 in MP4). Raises OSError when this OpenCV cannot encode it."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"vp09"), FPS, SIZE)
    if not writer.isOpened():
        raise OSError(f"OpenCV cannot write {path.name}")
    ground = pitch()
    try:
        for index in range(round(seconds * FPS)):
            writer.write(cv2.cvtColor(sample_frame(ground, index / FPS), cv2.COLOR_RGB2BGR))
    finally:
        writer.release()
    return path


if __name__ == "__main__":
    print(make_sample_mp4(SAMPLE_MP4))
