"""The page of a job and its files, without a browser (forgesyte/tests/e2e/pages has one)."""

from __future__ import annotations

import uuid
from array import array
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.test import Client

from jobs.models import JobRecord, JobStatus
from jobs.pages import stored
from jobs.pages.job import life
from jobs.pages.media import PART_BYTES
from jobs.run_record import RunRecord, record_run
from jobs.storage.base import StorageService
from jobs.storage.names import digest_name
from jobs.store.base import JobStore
from jobs.tests.conftest import FIXTURES
from pipeline.digest.builder import Digester
from pipeline.digest.file import packed
from pipeline.formats import clock_time
from pipeline.results import write_results
from pipeline.tests.integration.test_digest import item
from pipeline.video.facts import VideoFacts

START = datetime(2026, 11, 22, 19, 30, tzinfo=UTC)
FRAMES = 12
JPEG = b"\xff\xd8picture\xff\xd9"

Complete = Callable[..., JobRecord]


@pytest.fixture
def client(data_folder: Path) -> Client:
    return Client()


@pytest.fixture
def complete(store: JobStore, storage: StorageService, tmp_path: Path) -> Complete:
    """A completed job, as the worker leaves it, whose frames show FORGE; without a digest if it
    is of an earlier release."""

    def make(frames: int = FRAMES, *, earlier: bool = False, text: str = "FORGE") -> JobRecord:
        job_id = uuid.uuid4()
        source, results = tmp_path / "video.src", tmp_path / "results.src"
        source.write_bytes((FIXTURES / "tiny.mp4").read_bytes())
        digester = Digester()
        with results.open("wb") as file:
            items = (item(frame, text.format(frame // 10), "text") for frame in range(frames))
            summary = write_results(items, file, digester.add)
        store.submit(job_id, "yolo_ocr", storage.save_file(source, f"video_jobs/{job_id}.mp4"))
        store.claim()
        name = storage.save_file(results, f"video_jobs/{job_id}_results.json")
        if not earlier:
            digest, _ = digester.digest(lambda frame: frame / 25)
            content = packed(
                replace(digest, stills=len(digest.moments)), digester.index, [JPEG], JPEG
            )
            times = array("d", [frame / 25 for frame in range(frames)])
            video = VideoFacts(((0, 320, 240),), 1.0, frames, frames / 25, "mpeg4")
            summary = replace(summary, video=video, times=times, digest=content)
            record_run(storage, tmp_path / "part", job_id, datetime.now(UTC), summary)
        return store.complete(job_id, name)

    return make


@pytest.fixture
def job(complete: Complete) -> JobRecord:
    return complete()


def page_of(client: Client, job: JobRecord, **query: str) -> str:
    answer = client.get(f"/jobs/{job.job_id}", query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_all_text_with_its_times(client: Client, complete: Complete) -> None:
    job = complete(30, text="LINE {}")
    page = page_of(client, job)
    assert page.count("<tr data-from=") == 3
    for number, (start, end) in enumerate([("0:00.0", "0:00.4"), ("0:00.4", "0:00.8")]):
        row = page[page.index(f'<tr data-from="{0.4 * number}"') :].split("</tr>")[0]
        assert f"#t={0.4 * number}" in row
        assert f">{start}</a></td><td>{end}</td><td>LINE {number}</td>" in row.replace("\n", "")


def test_long_text_is_shown_in_two_steps(client: Client, complete: Complete) -> None:
    job = complete(12_000, text="LINE {}")
    assert page_of(client, job).count("<tr data-from=") == 500
    assert "Show 700 more" in page_of(client, job)
    assert page_of(client, job, lines="all").count("<tr data-from=") == 1200


def test_large_results_are_never_parsed_whole(
    client: Client, complete: Complete, storage: StorageService
) -> None:
    job = complete(1000, text="LINE {}")
    page = page_of(client, job)
    stored_results = storage.load_file(str(job.output_path))
    content = stored_results.read_bytes()
    start = content.index(b'{"frame_index":960,')
    stored_results.write_bytes(b"x" * start + content[start:])
    assert page_of(client, job) == page
    block = client.get(f"/jobs/{job.job_id}/boxes?at=39.99").json()
    assert [item["frame_index"] for item in block["items"]] == [*range(960, 1000)]


def test_boxes_of_a_time(client: Client, complete: Complete) -> None:
    job = complete(200)
    for at, first, number in (("0", 0, 64), ("2.56", 64, 64), ("7.99", 192, 8), ("x", 0, 64)):
        answer = client.get(f"/jobs/{job.job_id}/boxes", {"at": at})
        assert answer.headers["Content-Type"] == "application/json"
        block = answer.json()
        assert (block["first"], len(block["items"])) == (first, number)
        assert [i["frame_index"] for i in block["items"]] == [*range(first, first + number)]
        assert block["times"] == [n / 25 for n in range(first, first + number + 1)]


def test_boxes_of_results_without_a_digest(
    client: Client, complete: Complete, storage: StorageService
) -> None:
    job = complete(200)
    storage.delete_file(digest_name(job.job_id))
    block = client.get(f"/jobs/{job.job_id}/boxes?at=2.56").json()
    assert (block["first"], block["items"][0]["result"]["text"]) == (64, "FORGE")


def test_no_boxes_where_times_are_not_known(client: Client, complete: Complete) -> None:
    answer = client.get(f"/jobs/{complete(earlier=True).job_id}/boxes?at=0")
    assert (answer.status_code, answer.headers["Content-Type"]) == (
        404,
        "text/plain; charset=utf-8",
    )


def test_pictures(client: Client, job: JobRecord) -> None:
    for name in ("stills/0", "cover"):
        answer = client.get(f"/jobs/{job.job_id}/{name}")
        assert (answer.status_code, answer.content) == (200, JPEG)
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"/jobs/{job.job_id}/stills/1").status_code == 404
    answer = client.get("/jobs/nothing/stills/0")
    assert answer.content.decode() == "'nothing' is not a job ID: job IDs are UUIDs."


def test_job_of_an_earlier_release_has_its_page(client: Client, complete: Complete) -> None:
    page = page_of(client, complete(earlier=True))
    assert "<td>frame 0</td><td>frame 12</td><td>FORGE</td>" in page.replace("\n", "")
    assert "<img" not in page
    assert "data-video" not in page


def test_large_results_without_a_digest_are_not_read(
    client: Client, complete: Complete, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "MAX_PARSED_BYTES", 100)
    job = complete(earlier=True)
    assert f"python manage.py transcript {job.job_id}" in page_of(client, job)


@pytest.mark.parametrize("content", [b"", b"[]", b"[\n]\n", b"no JSON", b"[{}]", b"\xff\n{\n{}\n"])
def test_page_stands_on_damaged_results(
    content: bytes, client: Client, complete: Complete, data_folder: Path
) -> None:
    job = complete(earlier=True)
    (data_folder / str(job.output_path)).write_bytes(content)
    assert "The results contain no frames." in page_of(client, job)


def test_page_stands_on_a_damaged_digest(client: Client, job: JobRecord, data_folder: Path) -> None:
    (data_folder / digest_name(job.job_id)).write_bytes(b"PK damaged")
    assert "FORGE" in page_of(client, job)


def test_page_of_a_job_whose_files_are_gone(
    client: Client, job: JobRecord, storage: StorageService
) -> None:
    storage.delete_file(job.input_path)
    assert "The video has been removed from the data folder." in page_of(client, job)
    assert client.get(f"/jobs/{job.job_id}/video").status_code == 404
    storage.delete_file(str(job.output_path))
    assert "The results of this job have been removed" in page_of(client, job)


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-", 0, -1),
        ("bytes=5-9", 5, 9),
        ("bytes=5-99999999", 5, -1),
        ("bytes=-7", -7, -1),
        ("bytes=-99999999", 0, -1),
    ],
)
def test_part_of_the_video(
    header: str, first: int, last: int, client: Client, job: JobRecord, data_folder: Path
) -> None:
    content = (data_folder / job.input_path).read_bytes()
    answer = client.get(f"/jobs/{job.job_id}/video", headers={"Range": header})
    first, last = first % len(content), last % len(content)
    assert (answer.status_code, answer.content) == (206, content[first : last + 1])
    assert answer.headers["Content-Range"] == f"bytes {first}-{last}/{len(content)}"
    assert answer.headers["Content-Length"] == str(last - first + 1)
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "media-src 'self'" in answer.headers["Content-Security-Policy"]


def test_parts_are_bounded(client: Client, job: JobRecord, data_folder: Path) -> None:
    (data_folder / job.input_path).write_bytes(bytes(3 * PART_BYTES))
    answer = client.get(f"/jobs/{job.job_id}/video", headers={"Range": "bytes=10-"})
    assert answer.headers["Content-Range"] == f"bytes 10-{PART_BYTES + 9}/{3 * PART_BYTES}"


@pytest.mark.parametrize("header", ["", "bytes=9-5", "bytes=-", "bytes=1-2,5-6", "lines=1-2"])
def test_whole_video(header: str, client: Client, job: JobRecord, data_folder: Path) -> None:
    headers = {"Range": header} if header else {}
    answer = client.get(f"/jobs/{job.job_id}/video", headers=headers)
    assert answer.status_code == 200
    assert b"".join(answer) == (data_folder / job.input_path).read_bytes()
    assert (answer.headers["Accept-Ranges"], answer.headers["Content-Type"]) == (
        "bytes",
        "video/mp4",
    )


@pytest.mark.parametrize("header", ["bytes=99999999-", "bytes=-0"])
def test_part_that_the_video_has_not(header: str, client: Client, job: JobRecord) -> None:
    answer = client.get(f"/jobs/{job.job_id}/video", headers={"Range": header})
    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["Content-Range"].startswith("bytes */")


def test_video_that_is_known_already(client: Client, job: JobRecord) -> None:
    address = f"/jobs/{job.job_id}/video"
    head = client.head(address)
    assert head.status_code == 200
    assert int(head.headers["Content-Length"]) > 0
    for name, value in (("If-None-Match", "ETag"), ("If-Modified-Since", "Last-Modified")):
        answer = client.get(address, headers={name: head.headers[value]})
        assert (answer.status_code, answer.headers["ETag"]) == (304, head.headers["ETag"])
    ranged = {"Range": "bytes=0-3"}
    same = client.get(address, headers={**ranged, "If-Range": head.headers["ETag"]})
    other = client.get(address, headers={**ranged, "If-Range": '"another"'})
    other.close()
    assert (same.status_code, other.status_code) == (206, 200)


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
        "print([m for m in ('numpy', 'cv2', 'av', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_life_with_and_without_a_record(job: JobRecord) -> None:
    created, started, ended = (START + timedelta(seconds=n) for n in (0, 5, 65))
    row = _row(job, JobStatus.COMPLETED, created, ended)
    record = RunRecord(started, ended, 3, 3)

    steps = life(row, record, ended)
    assert [(s.name, s.doing, s.took and s.took.total_seconds()) for s in steps] == [
        ("Submitted", "waited", 5.0),
        ("Started", "ran", 60.0),
        ("Completed", "", None),
    ]
    assert [s.name for s in life(row, None, ended)] == ["Submitted", "Completed"]
    running = life(_row(job, JobStatus.RUNNING, created, started), None, ended)
    assert [(s.name, s.goes_on) for s in running] == [("Submitted", False), ("Started", True)]
    [waiting] = life(_row(job, JobStatus.PENDING, created, started), None, ended)
    assert (waiting.took, waiting.goes_on) == (timedelta(seconds=65), True)


def test_record_of_an_earlier_run_is_not_shown(job: JobRecord) -> None:
    row = _row(job, JobStatus.FAILED, START, START + timedelta(seconds=9))
    earlier = START - timedelta(seconds=60)

    assert [s.name for s in life(row, RunRecord(earlier, earlier), START)] == [
        "Submitted",
        "Failed",
    ]


def _row(job: JobRecord, status: JobStatus, created: datetime, updated: datetime) -> JobRecord:
    fields = {name: getattr(job, name) for name in JobRecord.__dataclass_fields__}
    return JobRecord(**{**fields, "status": status, "created_at": created, "updated_at": updated})
