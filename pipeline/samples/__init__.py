"""The sample video: a short match with a title, captions and a scoreboard.

make_sample_mp4.py of commit 68cec7e drew it, with the letters of Pillow's own font.
"""

from pathlib import Path

SAMPLE_MP4 = Path(__file__).with_name("sample.mp4")
SIZE, FRAMES, FPS = (1280, 720), 84, 12
WORDS = (
    *("AT", "AWAY", "BY", "CITY", "CUP", "FINAL", "FORGESYTE", "FULL"),
    *("GOAL", "HOME", "KICK", "NUMBER", "OFF", "PARK", "SEVEN", "TIME"),
)
