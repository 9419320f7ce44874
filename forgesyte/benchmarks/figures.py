"""Figures that the measurements share."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Measurement = dict[str, Any]

MIB = 1024 * 1024
# The start of an MP4 (ISO/IEC 14496-12, 4.3): enough for the API, which looks no further.
FTYP = b"\0\0\0\x18ftypisom\0\0\2\0isomiso2mp41"


def cores() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of all values do not exceed."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    """Median, 99th percentile and maximum."""
    return {
        "p50_ms": round(percentile(seconds, 0.5) * 1000, 1),
        "p99_ms": round(percentile(seconds, 0.99) * 1000, 1),
        "max_ms": round(max(seconds) * 1000, 1),
    }


def checked(
    measurement: Measurement,
    at_least: Mapping[str, float] | None = None,
    at_most: Mapping[str, float] | None = None,
) -> Measurement:
    """The measurement with the limits for its figures, and `ok` if it keeps to them."""
    lower, upper = dict(at_least or {}), dict(at_most or {})
    ok = all(measurement[name] >= limit for name, limit in lower.items())
    ok = ok and all(measurement[name] <= limit for name, limit in upper.items())
    limits = {"at_least": lower, "at_most": upper}
    return {**measurement, **{name: of for name, of in limits.items() if of}, "ok": ok}


def resident_mib(pid: int) -> float:
    """The memory of a process that is in RAM now (proc(5), VmRSS)."""
    return _status_kib(pid, "VmRSS") / 1024


def peak_resident_mib(pid: int) -> float:
    """The most that it ever was (proc(5), VmHWM)."""
    return _status_kib(pid, "VmHWM") / 1024


def cpu_seconds(pid: int) -> float:
    """CPU time of all threads of a process so far (proc(5), utime and stime of stat)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _status_kib(pid: int, field: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))
