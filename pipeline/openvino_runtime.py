"""Models compiled by OpenVINO for the threads of the frame pool."""

from functools import cache

import openvino

from pipeline.threads import openvino_properties

# OpenVINO makes a table of types at the first conversion of an array, and gives the interpreter
# lock back while it does: two threads that convert their first arrays at once wait for each other
# for ever (openvino 2026; pipeline/tests/test_openvino_runtime.py). So it is made here, by one.
openvino.Type.u8.to_dtype()


@cache
def core() -> openvino.Core:
    """The one Core of this process, which is never deleted.

    Its CPU plugin gives the thread that first compiles a model a stack for signal handlers
    (sigaltstack(2)), and frees it with the Core: the next signal, such as Ctrl-C, would then end
    the process with SIGSEGV.
    """
    return openvino.Core()


def compiled(
    model: openvino.Model, properties: dict[str, object] | None = None
) -> openvino.CompiledModel:
    """For the CPU; each thread takes an inference request of its own from it.

    properties: as pipeline.threads gives them; openvino_properties() if not given.
    """
    return core().compile_model(model, "CPU", properties or openvino_properties())
