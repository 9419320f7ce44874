"""Where Tesseract's language data is."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path

from pipeline.exceptions import MissingLanguage

# Debian and Ubuntu, Fedora, Homebrew on Apple silicon and on Intel, built from source.
USUAL_FOLDERS = (
    Path("/usr/share/tesseract-ocr/5/tessdata"),
    Path("/usr/share/tesseract-ocr/4.00/tessdata"),
    Path("/usr/share/tessdata"),
    Path("/usr/share/tesseract/tessdata"),
    Path("/opt/homebrew/share/tessdata"),
    Path("/usr/local/share/tessdata"),
)


def tessdata_folder(language: str, folders: tuple[Path, ...] | None = None) -> Path:
    """The first folder with the data of every language in `language` ("eng", "eng+deu").

    Raises MissingLanguage.
    """
    needed = language.split("+")
    lacking = set(needed)
    for folder in _folders() if folders is None else folders:
        absent = {name for name in needed if not (folder / f"{name}.traineddata").is_file()}
        if not absent:
            return folder
        lacking &= absent
    names = sorted(lacking or needed)  # lacking is empty if they lie in different folders
    packages = " ".join(f"tesseract-ocr-{name.replace('_', '-')}" for name in names)
    raise MissingLanguage(
        f"Tesseract's language data for {language!r} is not installed. "
        f"On Debian and Ubuntu: apt install {packages}"
    )


@cache
def _folders() -> tuple[Path, ...]:
    """The folder that the installed tesseract names comes first: it is the one it was made for."""
    program = shutil.which("tesseract")
    if program is None:
        return USUAL_FOLDERS
    listing = subprocess.run(
        [program, "--list-langs"], capture_output=True, text=True, timeout=30, check=False
    )
    named = re.search(r'in "(.+?)/?"', listing.stdout + listing.stderr)
    return (Path(named[1]), *USUAL_FOLDERS) if named else USUAL_FOLDERS
