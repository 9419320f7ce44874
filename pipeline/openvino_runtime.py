"""Models compiled by OpenVINO for the threads of the frame pool."""

import openvino

from pipeline.threads import openvino_properties

# OpenVINO makes a table of types at the first conversion of an array, and gives the interpreter
# lock back while it does: two threads that convert their first arrays at once wait for each other
# for ever (openvino 2026; pipeline/tests/test_openvino_runtime.py). So it is made here, by one.
openvino.Type.u8.to_dtype()


def compiled(model: openvino.Model) -> openvino.CompiledModel:
    """For the CPU; each thread takes an inference request of its own from it."""
    return openvino.Core().compile_model(model, "CPU", openvino_properties())
