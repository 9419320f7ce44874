"""The memory that a video may take in the process that reads it."""

import contextlib
import resource
from pathlib import Path

# https://docs.kernel.org/filesystems/proc.html, 3.1: from -1000 to 1000; a child has its parent's.
OOM_SCORE = "500"
# The standard library of C++, and OpenVINO.
NO_MEMORY = ("bad_alloc", "can't alloc")
OPENCV_NO_MEMORY = -4  # cv::Error::StsNoMem


def bound_memory(more_bytes: int) -> None:
    """Let this process take so much more than it has now (RLIMIT_DATA), and leave no core dump.

    Private writable memory counts, used or not; unlike RLIMIT_AS this leaves out what CUDA only
    reserves. What is refused raises MemoryError or its like, or ends the decoding.
    """
    bound = data_bytes() + more_bytes
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    if hard != resource.RLIM_INFINITY:
        bound = min(bound, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (bound, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def be_killed_first() -> None:
    """When the machine runs out of memory, the kernel ends this process and not the API."""
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(OOM_SCORE)


def data_bytes() -> int:
    """VmData of this process, which is what RLIMIT_DATA bounds."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    raise OSError("/proc/self/status has no VmData")


def is_out_of_memory(error: Exception) -> bool:
    """Whether a library said so, each in its way."""
    if isinstance(error, MemoryError) or any(words in str(error) for words in NO_MEMORY):
        return True
    return getattr(error, "code", None) == OPENCV_NO_MEMORY
