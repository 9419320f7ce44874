"""A folder of pictures, each beside a text file of the words that it shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from pipeline.evaluation.words import words_of
from pipeline.exceptions import PipelineError

OWN_PICTURES = Path(__file__).with_name("images")
SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")

Image = npt.NDArray[np.uint8]  # (height, width, 3), BGR


class UnusablePictures(PipelineError):
    """The folder needs pictures, each with a text file of its words."""


@dataclass(frozen=True)
class Picture:
    """path: the file. words: what can be read on it, possibly nothing."""

    path: Path
    words: frozenset[str]

    @property
    def name(self) -> str:
        """The name of the file without its folder."""
        return self.path.name

    def load(self) -> Image:
        """Return the pixels, turned as the camera says. Raises UnusablePictures."""
        try:
            content = np.frombuffer(self.path.read_bytes(), dtype=np.uint8)
            image = cv2.imdecode(content, cv2.IMREAD_COLOR) if content.size else None
        except (OSError, cv2.error):
            image = None
        if image is None:
            raise UnusablePictures(f"{self.name} is not a picture that can be read.")
        return np.asarray(image, dtype=np.uint8)


def find_pictures(folder: Path) -> list[Picture]:
    """Return the pictures of a folder, sorted by name.

    NAME.jpg (or another of SUFFIXES) needs NAME.txt beside it: the words in UTF-8, parted by white
    space; an empty file says that there is nothing to read. Raises UnusablePictures.
    """
    if not folder.is_dir():
        raise UnusablePictures(f"There is no folder {str(folder)!r}.")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise UnusablePictures(
            f"There is no picture in {str(folder)!r}. Put some there ({', '.join(SUFFIXES)}), "
            "each beside a text file of its words: sign.jpg beside sign.txt."
        )
    return [Picture(path, _read_words(path)) for path in paths]


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
