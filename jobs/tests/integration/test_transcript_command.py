"""`manage.py transcript`: what it writes, and what it says to bad input."""

from __future__ import annotations

import html
import io
import json
import subprocess
import sys
import uuid
from array import array
from pathlib import Path

import av
import pytest
from django.core.management import CommandError, call_command

from jobs.storage.names import results_name, run_name, times_name

ROOT = Path(__file__).parents[3]
TEXTS = ["Hello", 'Hello\n"a", b', "Привет"]
TIMES = [0.0, 0.5, 2.0]


def write_results(path: Path, *, wrapped: bool = False) -> None:
    found = [
        {"frame_index": number, "result": {"detections": [], "text": text}}
        for number, text in enumerate(TEXTS)
    ]
    path.write_text(json.dumps({"results": found} if wrapped else found), encoding="utf-8")


@pytest.fixture
def job_id(data_folder: Path) -> uuid.UUID:
    """A job of three frames: the last is shown from 2 s on, until 62.25 s."""
    job_id = uuid.uuid4()
    (data_folder / "video_jobs").mkdir(exist_ok=True)
    write_results(data_folder / results_name(job_id))
    (data_folder / times_name(job_id)).write_bytes(array("d", TIMES).tobytes())
    video = {
        "sizes": [[0, 64, 48]],
        "pixel_aspect": 1.0,
        "frames": 3,
        "duration_s": 62.25,
        "codec": "h264",
    }
    at = "2026-01-01T00:00:00Z"
    record = {"started_at": at, "finished_at": at, "video": video}
    (data_folder / run_name(job_id)).write_text(json.dumps(record))
    return job_id


def written(*arguments: object) -> str:
    out = io.StringIO()
    call_command("transcript", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_text(job_id: uuid.UUID) -> None:
    assert written(job_id).splitlines() == [
        "00:00:00.000 - 00:00:02.000  Hello",
        '00:00:00.500 - 00:00:02.000  "a", b',
        "00:00:02.000 - 00:01:02.250  Привет",
    ]


@pytest.mark.parametrize("kind", ["srt", "vtt"])
def test_subtitles_as_a_player_reads_them(job_id: uuid.UUID, kind: str) -> None:
    file = io.BytesIO(written(job_id, "--format", kind).encode())
    with av.open(file, "r", format={"srt": "srt", "vtt": "webvtt"}[kind]) as container:
        shown = [
            (packet.pts, packet.duration, bytes(packet).decode())
            for packet in container.demux()
            if packet.size
        ]
    assert [(start, length) for start, length, _ in shown] == [
        (0, 2000),
        (500, 1500),
        (2000, 60250),
    ]
    assert [html.unescape(text) for _, _, text in shown] == ["Hello", '"a", b', "Привет"]


def test_csv(job_id: uuid.UUID) -> None:
    assert written(job_id, "--format", "csv") == (
        'from,to,text\n0.000,2.000,Hello\n0.500,2.000,"""a"", b"\n2.000,62.250,Привет\n'
    )


def test_json(job_id: uuid.UUID) -> None:
    found = json.loads(written(job_id, "--format", "json"))
    assert found[-1] == {"from": 2.0, "to": 62.25, "text": "Привет"}


def test_a_results_file_takes_the_times_beside_it(data_folder: Path, job_id: uuid.UUID) -> None:
    """The last frame lasts as long as the one before it: nothing else is known."""
    found = written(data_folder / results_name(job_id))
    assert found.splitlines()[-1] == "00:00:02.000 - 00:00:03.500  Привет"


@pytest.mark.parametrize("wrapped", [False, True])
def test_other_results_need_the_frame_rate(tmp_path: Path, wrapped: bool) -> None:
    results = tmp_path / "saved.json"
    write_results(results, wrapped=wrapped)
    found = written(results, "--fps", "25").splitlines()
    assert found[-1] == "00:00:00.080 - 00:00:00.120  Привет"
    with pytest.raises(CommandError, match="Give the frame rate with --fps"):
        written(results)
    with pytest.raises(CommandError, match="must be a number"):
        written(results, "--fps", "-1")


def test_a_job_without_results_is_named(data_folder: Path) -> None:
    job_id = uuid.uuid4()
    with pytest.raises(CommandError, match=f"Job {job_id} has no stored results"):
        written(job_id)


def test_what_is_neither_job_nor_file_is_named() -> None:
    with pytest.raises(CommandError, match=r"nothing\.json is neither a job ID nor a file"):
        written("nothing.json")


@pytest.mark.parametrize("content", ["no JSON", '[{"frame_index": 0}]', "[1]", ""])
def test_other_files_are_refused(tmp_path: Path, content: str) -> None:
    other = tmp_path / "other.json"
    other.write_text(content)
    with pytest.raises(CommandError, match="is not a results file"):
        written(other, "--fps", "25")


def test_a_reader_that_stops_early_is_no_error(tmp_path: Path) -> None:
    """As with `| head -1`: more is written than a pipe holds."""
    results = tmp_path / "long.json"
    found = [{"frame_index": n, "result": {"text": f"line {n}"}} for n in range(20_000)]
    results.write_text(json.dumps(found))
    command = [sys.executable, "manage.py", "transcript", str(results), "--fps", "25"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout and process.stderr
        assert process.stdout.readline() == "00:00:00.000 - 00:00:00.040  line 0\n"
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 0
