"""A clock that jumps: jobs keep their order while they are queued, and calls their deadlines."""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs import repository
from jobs.models import JobStatus
from jobs.tests.conftest import claimed_in_order
from jobs.tests.store_process import gateway

NOON = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime.datetime], None]:
    """Set the wall clock that jobs are stamped with."""

    def set_to(moment: datetime.datetime) -> None:
        class Clock(datetime.datetime):
            @classmethod
            def now(cls, tz: datetime.tzinfo | None = None) -> datetime.datetime:  # type: ignore[override]
                return moment.astimezone(tz)

        monkeypatch.setattr(repository, "datetime", Clock)

    return set_to


def test_jumps_lose_no_job(tmp_path: Path, set_clock: Callable[[datetime.datetime], None]) -> None:
    owner, caller = gateway(tmp_path, timeout=5.0), gateway(tmp_path, timeout=5.0)
    owner.join()
    ids = []
    for moment in (NOON, NOON + DAY, NOON - DAY, NOON - 3000 * DAY, NOON + 3000 * DAY):
        set_clock(moment)
        ids.append(uuid.uuid4())
        job = caller.submit(ids[-1], "yolo_ocr", "video_jobs/a.mp4")
        assert job.created_at == job.updated_at == moment
    set_clock(NOON)
    claimed = caller.claim()
    assert claimed is not None and claimed.job_id == ids[0]  # in the order of their submission
    assert caller.complete(ids[0], "results").status is JobStatus.COMPLETED
    caller.close()
    owner.close()

    after = gateway(tmp_path)  # whose queue is made from the rows, by their time stamps
    assert claimed_in_order(after, 5) == [ids[3], ids[2], ids[1], ids[4], None]
    after.close()
