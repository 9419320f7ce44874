"""`manage.py run_worker` as an operator sees it on a terminal."""

from __future__ import annotations

import re
from io import BytesIO

from forgesyte.installation import Installation
from forgesyte.tests.conftest import TINY_MP4
from forgesyte.tests.terminal import COLOUR, CTRL_C, Terminal

CUT = b"\0\0\0\x18ftypisom" + bytes(100)


def test_jobs_on_a_terminal(installation: Installation) -> None:
    installation.start_api()
    folder = str(installation.data_dir)
    with (
        installation.client() as client,
        Terminal("run_worker", columns=160, FORGESYTE_DATA_DIR=folder) as terminal,
    ):
        terminal.wait_for("Waiting for jobs")
        done = client.submit(TINY_MP4).json()["job_id"]
        cut = client.submit_file(BytesIO(CUT), "cut.mp4").json()["job_id"]
        terminal.wait_for("Waiting for jobs (1 completed, 1 failed)")
        terminal.press(CTRL_C)
        assert terminal.end() == 0, terminal.text[-3000:]
    assert "Worker ready (Ctrl-C finishes the current job and stops)" in terminal.text
    lines = [line for line in terminal.text.splitlines() if "✓" in line or "✗" in line]
    clock, number = r"\d\d:\d\d:\d\d", r"\d+\.\d"
    patterns = [
        rf"{clock} ✓ {done}  yolo_ocr  7\.7 kB  {number} s  "
        rf"12 frames \({number} a second\), \d+ detections",
        rf"{clock} ✗ {cut}  yolo_ocr  112 bytes  {number} s  "
        r"The MP4 is cut off: its index \(moov\) is missing\. Send the whole file\.",
    ]
    assert len(lines) == len(patterns)
    for line, pattern in zip(lines, patterns, strict=True):
        assert re.fullmatch(pattern, line), line
    assert "Finishing the current job." in terminal.text
    assert " INFO " not in terminal.text
    assert COLOUR.search(terminal.raw)
    assert terminal.raw.count("\x1b[?25l") == terminal.raw.count("\x1b[?25h")
