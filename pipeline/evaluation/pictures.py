"""A folder of pictures and the words that they show."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from pipeline.evaluation.drawing import IMAGES, SIZE, Frame
from pipeline.exceptions import PipelineError

OWN_PICTURES = IMAGES
SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")


class UnusablePictures(PipelineError):
    """The folder needs pictures and the words of each."""


def words_of(texts: Iterable[str]) -> frozenset[str]:
    """Return the distinct words, in lower case, letters and digits only."""
    kept = ("".join(filter(str.isalnum, word.lower())) for text in texts for word in text.split())
    return frozenset(filter(None, kept))


@dataclass(frozen=True)
class WordScore:
    """Of the words that a picture shows, those reported and not; wrong: reported, but not there."""

    picture: str
    found: frozenset[str]
    missed: frozenset[str]
    wrong: frozenset[str]


def mean_recall(scores: Sequence[WordScore]) -> float | None:
    """The mean over the pictures that show words, 0 to 1; None if there is none."""
    recalls = [_share(len(score.found), len(score.missed)) for score in scores]
    shown = [recall for recall in recalls if recall is not None]
    return sum(shown) / len(shown) if shown else None


def precision(scores: Sequence[WordScore]) -> float | None:
    """The share of all reported words that are there, 0 to 1; None if none was reported."""
    found, wrong = (sum(len(getattr(score, of)) for score in scores) for of in ("found", "wrong"))
    return _share(found, wrong)


def _share(part: int, rest: int) -> float | None:
    return part / (part + rest) if part + rest else None


@dataclass(frozen=True)
class Picture:
    """words: what can be read on it, possibly nothing. ignored: words that are cut, doubtful or
    hard to read: they count neither way.
    """

    path: Path
    words: frozenset[str]
    ignored: frozenset[str] = frozenset()

    def load(self) -> Frame:
        """Return the pixels, turned as the camera says, made smaller to fit into SIZE.

        Width and height are even, as video needs them. Raises UnusablePictures.
        """
        try:
            content = np.frombuffer(self.path.read_bytes(), dtype=np.uint8)
            image = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
        except (OSError, cv2.error):
            image = None
        if image is None:
            raise UnusablePictures(f"{self.path.name} is not a picture that can be read.")
        height, width = image.shape[:2]
        scale = min(1.0, SIZE[0] / width, SIZE[1] / height)
        size = [max(2, round(side * scale / 2) * 2) for side in (width, height)]
        return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)

    def compare(self, texts: Iterable[str]) -> WordScore:
        """Compare the words with those of the texts of all frames."""
        read, words = words_of(texts), self.words
        return WordScore(self.path.name, words & read, words - read, read - words - self.ignored)


def find_pictures(folder: Path) -> list[Picture]:
    """Return the pictures of a folder, sorted by name.

    Their words are in words.json, for each file name an object with `text` and `ignore`; or in
    sign.txt beside sign.jpg (or another of SUFFIXES), which is empty where there is nothing to
    read. In both, words are separated by white space. Raises UnusablePictures.
    """
    if not folder.is_dir():
        raise UnusablePictures(f"There is no folder {str(folder)!r}.")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise UnusablePictures(
            f"There is no picture in {str(folder)!r}. Put some there ({', '.join(SUFFIXES)}), "
            "each beside a text file of its words: sign.jpg beside sign.txt."
        )
    listed = _listed_words(folder / "words.json")
    return [listed.get(path.name) or Picture(path, _read_words(path)) for path in paths]


def _listed_words(path: Path) -> dict[str, Picture]:
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
        return {
            name: Picture(path.with_name(name), words_of([of["text"]]), words_of([of["ignore"]]))
            for name, of in listed.items()
        }
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UnusablePictures(
            f"{path.name} must hold a JSON object that gives each file name `text` and `ignore`."
        ) from error


def _read_words(picture: Path) -> frozenset[str]:
    path = picture.with_suffix(".txt")
    try:
        return words_of([path.read_text(encoding="utf-8")])
    except FileNotFoundError:
        raise UnusablePictures(
            f"{picture.name} has no words: write those that can be read on it into {path.name} "
            "beside it; an empty file if there are none."
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise UnusablePictures(f"{path.name} cannot be read as a text in UTF-8.") from error
