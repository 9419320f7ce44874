"""What text readers do."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

from pipeline.regions import Gray, Picture, narrowed, prepare_line


class TextReader(ABC):
    """Reads pictures (height x width x 3, BGR) as they are in the frame; prepares them itself.

    Texts come with single spaces, without empty lines, lines parted by a line feed; "" if there is
    nothing to read. What lies below the least confidence is left out. The same picture always gives
    the same text, whatever was read before it or beside it. May be called from several threads.

    Making one raises MissingReader or MissingLanguage.
    """

    @abstractmethod
    def read_lines(self, crops: Sequence[Picture]) -> list[str]:
        """The text of each crop of a single line, in the order of the crops."""


class PageReader(TextReader):
    """Reads lines one by one in grey, and finds the lines of a whole frame by itself."""

    def read_lines(self, crops: Sequence[Picture]) -> list[str]:
        return [self._line(crop) for crop in crops]

    def _line(self, crop: Picture) -> str:
        """Where nothing is read, the edge of a plate may be in the way: once more without it."""
        text = self.read_line(prepare_line(crop))
        inner = None if text else narrowed(crop)
        return text if inner is None else self.read_line(prepare_line(inner))

    @abstractmethod
    def read_line(self, image: Gray) -> str:
        """The text of a prepared image of a single line."""

    @abstractmethod
    def read_page(self, frame: Picture) -> str:
        """The text of a whole frame, with its lines from top to bottom."""


def join_words(lines: list[list[str]]) -> str:
    """The text form of all readers: words of lines, empty ones left out.

    Bars at the ends of a line are dropped: they are the edges of the plate that the text is on.
    """
    normalised = (" ".join(" ".join(words).strip("|_ ").split()) for words in lines)
    return "\n".join(line for line in normalised if line)
