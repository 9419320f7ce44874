import ctypes
import subprocess
import sys

import openvino

from pipeline.config import PACKAGE_DIR
from pipeline.detect.openvino import compiled

# Without the table that pipeline.detect.openvino makes, more than half of such processes never end.
PROGRAM = """
import sys, threading
import openvino
import pipeline.detect.openvino
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


def _model() -> openvino.Model:
    given = openvino.opset13.parameter([1, 4], openvino.Type.f32)
    return openvino.Model([openvino.opset13.relu(given)], [given])


def _signal_stack() -> int:
    """Where signal handlers of this thread run (sigaltstack(2)): the first member of stack_t."""
    stack = (ctypes.c_size_t * 4)()
    assert ctypes.CDLL(None).sigaltstack(None, stack) == 0
    return stack[0]


def test_signals_after_a_model_is_gone_do_not_crash_the_process() -> None:
    """OpenVINO frees the stack of signal handlers with the Core that compiled the model."""
    first, stack = compiled(_model()), _signal_stack()
    second = compiled(_model())
    assert _signal_stack() == stack
    assert first is not second
