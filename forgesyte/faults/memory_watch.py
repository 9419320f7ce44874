"""The memory of the pipeline's process, from outside."""

from __future__ import annotations

import resource
import threading
from contextlib import suppress
from types import TracebackType

from forgesyte.benchmarks.figures import MIB, peak_resident_mib
from forgesyte.installation import Installation

PAUSE_S = 0.05


class MemoryWatch:
    """peak_bytes: the largest VmHWM of all children, which the kernel keeps (proc_pid_status(5));
    bound_bytes: the largest RLIMIT_DATA that one of them had. A context manager."""

    def __init__(self, installation: Installation) -> None:
        self.bound_bytes = self.peak_bytes = 0
        self._installation = installation
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> MemoryWatch:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(PAUSE_S):
            pid = self._installation.pipeline_pid()
            if pid is None:
                continue
            with suppress(OSError, StopIteration):  # it ended meanwhile
                self.peak_bytes = max(self.peak_bytes, round(peak_resident_mib(pid) * MIB))
                bound = resource.prlimit(pid, resource.RLIMIT_DATA)[0]
                if bound != resource.RLIM_INFINITY:
                    self.bound_bytes = max(self.bound_bytes, bound)
