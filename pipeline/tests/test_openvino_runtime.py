import subprocess
import sys

from pipeline.config import PACKAGE_DIR

# Without the table that openvino_runtime makes, more than half of such processes never end.
PROGRAM = """
import sys, threading
import openvino
import pipeline.openvino_runtime
sys.setswitchinterval(1e-6)
together = threading.Barrier(4)
def convert():
    together.wait()
    openvino.Type.u8.to_dtype()
threads = [threading.Thread(target=convert, daemon=True) for _ in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""


def test_threads_that_convert_their_first_array_at_once_do_not_wait_for_each_other() -> None:
    for _ in range(4):
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM], cwd=PACKAGE_DIR.parent, timeout=60, check=False
        )
        assert done.returncode == 0
