"""Make the pictures of `benchmark accuracy` from the scenes, with a browser as the painter.

    python -m pipeline.evaluation.make_images --fonts FOLDER [--output FOLDER] [SCENE ...]

Writes NAME.jpg and NAME.txt, the words of scenes/NAME.html, by default into images/. The training
pictures have another painter, other words, other textures and other fonts: none of FONT_PACKAGES is
used for them. The fonts of these packages are looked for below FOLDER, such as /usr/share/fonts.
"""

import argparse
import re
import subprocess
import tempfile
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import cv2
import numpy as np

from pipeline.evaluation.pictures import OWN_PICTURES, Image, find_pictures
from pipeline.evaluation.words import words_of

SCENES = Path(__file__).with_name("scenes")
MAX_BYTES = 100_000

FONT_PACKAGES = (
    "fonts-adf-baskervald fonts-adf-verana fonts-anonymous-pro fonts-beteckna fonts-cardo "
    "fonts-century-catalogue fonts-clear-sans fonts-cmu fonts-engadget fonts-gemunu-libre fonts-go "
    "fonts-millimetre fonts-mononoki fonts-sil-andika fonts-sil-charis fonts-tiresias "
    "fonts-tlwg-loma-ttf fonts-tlwg-purisa-ttf fonts-yrsa-rasa"
)
"""The Debian packages of FONTS."""

FONTS = {
    ("Andika", 400): "Andika-Regular.ttf",
    ("Anonymous", 400): "Anonymous Pro.ttf",
    ("Anonymous", 700): "Anonymous Pro B.ttf",
    ("Baskervald", 400): "BaskervaldADFStd-Italic.otf",
    ("Baskervald", 700): "BaskervaldADFStd-Bold.otf",
    ("Beteckna", 700): "BetecknaGS-Bold.ttf",
    ("Cardo", 400): "Cardo104s.ttf",
    ("Century", 400): "Century-Catalogue.ttf",
    ("Charis", 400): "CharisSIL-Regular.ttf",
    ("Charis", 700): "CharisSIL-Bold.ttf",
    ("Clear", 400): "ClearSans-Regular.ttf",
    ("Clear", 700): "ClearSans-Bold.ttf",
    ("Computer", 400): "cmunrm.ttf",
    ("Computer", 700): "cmunbx.ttf",
    ("Engadget", 400): "Engadget.ttf",
    ("Gemunu", 400): "GemunuLibre-Medium.otf",
    ("Gemunu", 700): "GemunuLibre-ExtraBold.otf",
    ("Go", 400): "Go-Regular.ttf",
    ("Go", 700): "Go-Bold.ttf",
    ("Loma", 400): "Loma.ttf",
    ("Loma", 700): "Loma-Bold.ttf",
    ("Millimetre", 700): "millimetreA Bold 01.otf",
    ("Mononoki", 400): "mononoki-Regular.ttf",
    ("Purisa", 400): "Purisa.ttf",
    ("Tiresias", 400): "tiresias_signfont.ttf",
    ("Tiresias", 700): "tiresias_signfont_bold.ttf",
    ("Verana", 700): "VeranaSans-Bold.otf",
    ("Yrsa", 400): "Yrsa-Regular.ttf",
    ("Yrsa", 700): "Yrsa-Bold.ttf",
}
"""The file of each family and weight that the scenes use."""

BROWSER_OPTIONS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--allow-file-access-from-files",
    "--virtual-time-budget=6000",
]


class SceneText(HTMLParser):
    """Collects the text that a scene shows."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._in_style = tag == "style"

    def handle_endtag(self, tag: str) -> None:
        self._in_style = False

    def handle_data(self, data: str) -> None:
        if not self._in_style:
            self.texts.append(data)


def scene_words(scene: str) -> list[str]:
    """Return the words that a scene shows, sorted."""
    parser = SceneText()
    parser.feed(scene)
    return sorted(words_of(parser.texts))


def scene_size(scene: str) -> tuple[int, int]:
    """Return width and height in pixels: `<main data-size="1280x720">`. Raises ValueError."""
    found = re.search(r'<main data-size="(\d+)x(\d+)">', scene)
    if not found:
        raise ValueError("a scene begins with <main data-size=...>")
    return int(found[1]), int(found[2])


def page(scene: str, fonts: Path) -> str:
    """Return the whole HTML page of a scene. Raises FileNotFoundError for a missing font."""
    faces = "".join(
        f'@font-face{{font-family:{family};font-weight:{weight};src:url("{_find(fonts, file)}")}}\n'
        for (family, weight), file in FONTS.items()
    )
    width, height = scene_size(scene)
    shared = (SCENES / "scene.css").read_text(), (SCENES / "filters.svg").read_text()
    return (
        f"<!doctype html><meta charset=utf-8><style>{faces}{shared[0]}</style>{shared[1]}"
        f'<div id="picture" style="width:{width}px;height:{height}px">{scene}</div>'
    )


def paint(scene: str, fonts: Path, chromium: str) -> Image:
    """Return a scene as the browser shows it, (height, width, 3) uint8 BGR.

    Raises CalledProcessError, FileNotFoundError.
    """
    width, height = scene_size(scene)
    with tempfile.TemporaryDirectory() as folder:
        html, shot = Path(folder) / "scene.html", Path(folder) / "scene.png"
        html.write_text(page(scene, fonts), encoding="utf-8")
        command = [chromium, *BROWSER_OPTIONS, f"--user-data-dir={folder}/profile"]
        command += [f"--window-size={width},{height}", f"--screenshot={shot}", html.as_uri()]
        subprocess.run(command, check=True, capture_output=True)
        image = cv2.imread(str(shot), cv2.IMREAD_COLOR)
    if image is None:
        raise FileNotFoundError(f"{chromium} made no picture")
    return np.asarray(image, dtype=np.uint8)


def encode(image: Image) -> bytes:
    """Return a JPEG of at most MAX_BYTES, of the best quality that allows."""
    for quality in range(88, 30, -4):
        content = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        if len(content) <= MAX_BYTES:
            break
    return content


def _find(fonts: Path, file: str) -> str:
    for path in sorted(fonts.rglob(file)):
        return path.absolute().as_uri()
    raise FileNotFoundError(f"no {file} below {fonts}; install: apt install {FONT_PACKAGES}")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Make the pictures of benchmark accuracy.")
    parser.add_argument("--fonts", type=Path, required=True)
    parser.add_argument("--chromium", default="chromium")
    parser.add_argument("--output", type=Path, default=OWN_PICTURES, metavar="FOLDER")
    parser.add_argument("scenes", nargs="*", metavar="SCENE")
    options = parser.parse_args(arguments)
    names = options.scenes or sorted(path.stem for path in SCENES.glob("*.html"))
    options.output.mkdir(exist_ok=True)
    for name in names:
        scene = (SCENES / f"{name}.html").read_text(encoding="utf-8")
        target = options.output / f"{name}.jpg"
        target.write_bytes(encode(paint(scene, options.fonts, options.chromium)))
        target.with_suffix(".txt").write_text("".join(f"{word}\n" for word in scene_words(scene)))
    print(f"{len(find_pictures(options.output))} pictures in {options.output}")


if __name__ == "__main__":
    main()
