"""What a text reader does."""

from abc import ABC, abstractmethod

from pipeline.regions import Gray


class TextReader(ABC):
    """Reads prepared images (see pipeline.regions) with Tesseract's LSTM engine.

    Texts come with single spaces, without empty lines, lines parted by a line feed; "" if there is
    nothing to read. Words below the least confidence are left out. The same image always gives the
    same text, whatever was read before it. May be called from several threads.

    Making one raises MissingReader or MissingLanguage.
    """

    @abstractmethod
    def read_line(self, image: Gray) -> str:
        """The text of an image of a single line."""

    @abstractmethod
    def read_page(self, image: Gray) -> str:
        """The text of an image whose lines Tesseract has to find."""


def join_words(lines: list[list[str]]) -> str:
    """The text form of all readers: words of lines, empty ones left out.

    Bars at the ends of a line are dropped: they are the edges of the plate that the text is on.
    """
    normalised = (" ".join(" ".join(words).strip("|_ ").split()) for words in lines)
    return "\n".join(line for line in normalised if line)
