"""An installation whose files are taken away and damaged, and what it says to that."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from forgesyte import answer_checks
from forgesyte.installation import Installation

JOB_S = 120.0
DATABASE = "foregsyte.duckdb"


class Place:
    """An installation that can be started again and again, and a video."""

    def __init__(self, installation: Installation, video: Path, chance: random.Random) -> None:
        self.installation = installation
        self.data = installation.data_dir
        self.database = self.data / DATABASE
        self.chance = chance
        self._video = video

    def submit(self) -> str:
        with self.installation.client() as client:
            return answer_checks.submitted(client.submit(self._video))

    def refused(self, status: int, says: str) -> dict[str, Any]:
        """Submit; whether the answer says so."""
        with self.installation.client() as client:
            answer = client.submit(self._video)
        detail = answer_checks.error(answer, status, "submit")
        return {"told": detail, "ok": says in detail and str(self.data) not in detail}

    def ended(self, job_id: str) -> dict[str, Any]:
        with self.installation.client() as client:
            return client.wait_for_end(job_id, JOB_S)

    def results(self, job_id: str, status: int, says: str) -> dict[str, Any]:
        with self.installation.client() as client:
            detail = answer_checks.error(client.results(job_id), status, "results")
        return {"told": detail, "ok": says in detail and str(self.data) not in detail}

    def do_not_start(self, says: str) -> dict[str, Any]:
        """Neither process starts; both say why, and the files are what they were."""
        before = _content(self.data)
        ends = [self.installation.command("serve", "--port", str(self.installation.port))]
        ends.append(self.installation.command("run_worker"))
        statuses = [process.wait_end(JOB_S) for process in ends]
        told = [process.failure() for process in ends]
        same = _content(self.data) == before
        ok = same and statuses == [1, 1] and all(says in process.output() for process in ends)
        return {"told": told[0], "exit_statuses": statuses, "unchanged": same, "ok": ok}

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Both processes are; then they are started again."""
        assert self.installation.api is not None and self.installation.worker is not None
        self.installation.worker.terminate()
        self.installation.api.terminate()
        yield
        self.installation.start()

    @contextmanager
    def read_only(self) -> Iterator[None]:
        """No file can be made in the data folder."""
        below = (path for path in self.data.iterdir() if path.is_dir() and not path.is_symlink())
        folders = [self.data, *below]
        modes = [folder.stat().st_mode for folder in folders]
        for folder in folders:
            folder.chmod(0o555)
        try:
            yield
        finally:
            for folder, mode in zip(folders, modes, strict=True):
                folder.chmod(mode)


def _content(data: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(data.glob(f"{DATABASE}*"))}
