"""The output of a submission: progress bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich import progress as rich
from rich.console import Console
from rich.text import Text

from forgesyte.api_client import State
from pipeline.formats import duration, file_size
from pipeline.terminal import printable, progress

TEXT = rich.TextColumn("{task.description}")
STILL_PENDING_S = 10.0
STILL_PENDING = "the worker is busy with another job, or not running (`manage.py run_worker`)"


class Display:
    """Shows the progress of a submission on a console."""

    def __init__(self, on: Console) -> None:
        self._console = on
        self._begun = time.monotonic()
        self._shown = State("")
        self._hint_s = STILL_PENDING_S

    def say(self, text: str, style: str = "") -> None:
        self._console.print(Text(printable(text), style), soft_wrap=True)

    @contextmanager
    def uploading(self, name: str, size: int) -> Iterator[Callable[[int], None]]:
        """Show the progress of an upload; yields a function to call with the bytes sent."""
        begun, what = time.monotonic(), f"{name} ({file_size(size)})"
        if not self._console.is_terminal:
            self.say(f"Uploading {what}")
        sizes = rich.TextColumn("{task.fields[done]} of " + file_size(size))
        columns = TEXT, rich.BarColumn(None), sizes, rich.TimeRemainingColumn()
        with progress(self._console, *columns) as bars:
            task = bars.add_task("Uploading", total=size, done="")

            def sent(done: int) -> None:
                # After the last byte, the server still checks and stores the file.
                text = "Storing" if done == size else "Uploading"
                bars.update(task, completed=done, description=text, done=file_size(done))

            yield sent
        if self._console.is_terminal:
            self.say(f"Uploaded {what} in {duration(time.monotonic() - begun)}")

    @contextmanager
    def busy(self, text: str = "") -> Iterator[Callable[[str], None]]:
        """Show a spinner on a terminal; yields a function that changes its text."""
        columns = rich.SpinnerColumn(), TEXT, rich.TimeElapsedColumn()
        with progress(self._console, *columns) as bars:
            task = bars.add_task(text, total=None)
            yield lambda text: bars.update(task, description=text)

    @contextmanager
    def following(self, name: str) -> Iterator[Callable[[State], None]]:
        """Show the state of a video's job; yields a function to call with each new one."""
        self._begun, self._shown = time.monotonic(), State("")
        with self.busy() as describe:

            def show(state: State) -> None:
                text = f"{name} is {state.status}"
                if state.trouble:
                    text += f": the server is not responding, trying again. {state.trouble}"
                describe(printable(text))
                # On a terminal the spinner shows the state.
                if state != self._shown and not self._console.is_terminal:
                    self.say(f"{duration(self._seconds())}: {text}")
                self._shown = state
                if state.status == "pending" and self._seconds() > self._hint_s:
                    self._hint_s = float("inf")
                    self.say(f"Still pending: {STILL_PENDING}.")

            yield show

    def done(self, name: str) -> None:
        """The video's job is completed."""
        self.say(f"{name} completed after {duration(self._seconds())}", style="green")

    def _seconds(self) -> float:
        return time.monotonic() - self._begun
