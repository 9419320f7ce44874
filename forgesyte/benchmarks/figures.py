"""Figures common to the benchmarks."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

Measurement = dict[str, Any]

MIB = 1024 * 1024
# The start of an MP4 (ISO/IEC 14496-12, 4.3), which is all that the API checks.
FTYP = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2mp41"


def cores() -> int:
    """The number of CPU cores available to this process."""
    return len(os.sched_getaffinity(0))


def milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    """Median, 99th percentile and maximum, without interpolation."""
    values = np.percentile(seconds, [50, 99, 100], method="inverted_cdf")
    rounded = np.round(1000 * values, 1).tolist()
    return dict(zip(("p50_ms", "p99_ms", "max_ms"), rounded, strict=True))


def peak_resident_mib(pid: int) -> float:
    """Peak resident memory of a process (proc(5), VmHWM)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def cpu_seconds(pid: int) -> float:
    """CPU time of a process so far (proc(5), utime and stime of stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
