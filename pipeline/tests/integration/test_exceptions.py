import pickle

import pytest

from pipeline import exceptions
from pipeline.exceptions import PipelineError, PipelineProcessDied

ALL = [
    found
    for found in vars(exceptions).values()
    if isinstance(found, type) and issubclass(found, PipelineError)
]


@pytest.mark.parametrize("kind", ALL)
def test_survives_the_pipe_between_processes(kind: type[PipelineError]) -> None:
    for error in (kind(), *[kind("only 3 of 9 frames")] * (kind is not PipelineProcessDied)):
        copy = pickle.loads(pickle.dumps(error))
        assert type(copy) is kind
        assert str(copy) == str(error) != ""


@pytest.mark.parametrize(
    ("signal_name", "exit_code", "said"),
    [("SIGSEGV", None, "SIGSEGV"), ("SIGALRM", None, "got stuck"), (None, 1, "with code 1")],
)
def test_a_death_names_its_cause(signal_name: str, exit_code: int, said: str) -> None:
    error = pickle.loads(pickle.dumps(PipelineProcessDied(signal_name, exit_code)))

    assert (error.signal_name, error.exit_code) == (signal_name, exit_code)
    assert said in str(error)
