"""What the page of a job draws and writes, without a page."""

from __future__ import annotations

import pytest

from jobs.pages.job_chart import Span, chart, position
from jobs.pages.job_digest import ClassCount, Digest
from jobs.pages.job_findings import clock_time
from jobs.pages.job_texts import TextLine


def test_chart() -> None:
    digest = Digest(
        frames=10,
        step=1,
        bucket=4,
        detections=8,
        offsets=[0, 4, 8],
        classes=[ClassCount("car", 8, [0.0, 2.0, 2.0])],
        texts=[TextLine("A", 3, [(0, 1), (9, 9)])],
        text_lines=5,
        moments=[],
    )

    drawn = chart(digest, lambda frame: f"{frame} s")

    assert drawn.classes[0].path == "M0 40 V40 H400.0 V2 H1000.0 V40 Z"
    assert (drawn.classes[0].peak_at, drawn.classes[0].frame) == ("4 s", 4)
    assert drawn.texts[0].spans == [
        Span(0.0, 200.0, 0, "0 s", "2 s"),
        Span(900.0, 100.0, 9, "9 s", "10 s"),
    ]
    assert [tick.frame for tick in drawn.ticks] == [0, 2, 4, 5, 7, 9]
    assert drawn.more_texts == 4
    assert position(0, 10) == 50.0


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(0, "0:00.0"), (3.44, "0:03.4"), (59.96, "1:00.0"), (727, "12:07.0"), (3723.4, "1:02:03")],
)
def test_times(seconds: float, written: str) -> None:
    assert clock_time(seconds) == written


def test_pages_need_no_vendor_library_in_the_server() -> None:
    import subprocess
    import sys

    program = (
        "import django, sys; django.setup(); import jobs.pages.urls;"
        "print([m for m in ('numpy', 'cv2', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
