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
    error = kind()

    copy = pickle.loads(pickle.dumps(error))

    assert type(copy) is kind
    assert str(copy) == str(error) != ""


@pytest.mark.parametrize("kind", [kind for kind in ALL if kind is not PipelineProcessDied])
def test_message_survives_the_pipe(kind: type[PipelineError]) -> None:
    assert str(pickle.loads(pickle.dumps(kind("only 3 of 9 frames")))) == "only 3 of 9 frames"


def test_death_by_a_signal_names_it() -> None:
    error = pickle.loads(pickle.dumps(PipelineProcessDied("SIGSEGV")))

    assert (error.signal_name, error.exit_code) == ("SIGSEGV", None)
    assert "SIGSEGV" in str(error)


def test_death_by_the_alarm_says_that_the_decoder_got_stuck() -> None:
    assert "got stuck" in str(PipelineProcessDied("SIGALRM"))


def test_death_by_exit_names_the_code() -> None:
    error = pickle.loads(pickle.dumps(PipelineProcessDied(exit_code=1)))

    assert (error.signal_name, error.exit_code) == (None, 1)
    assert "exited unexpectedly with code 1" in str(error)
