"""Which text stands in a picture: none, streets, pages, slides, graphics of videos."""

from collections.abc import Callable

import numpy as np

from pipeline.training.discs import draw_match
from pipeline.training.documents import notice, page, receipt, slide
from pipeline.training.graphics import caption, huge, scatter, scoreboard, title, wide
from pipeline.training.scene import Scene
from pipeline.training.signs import direct, number, plaque, shop_front, sign
from pipeline.training.typesetter import Typesetter

Layout = Callable[[Typesetter, Scene], None]


def match(setter: Typesetter, scene: Scene) -> None:
    """Put players into the scene, over which graphics of the broadcast may stand."""
    draw_match(setter.rng, scene.canvas)


LAYOUTS: tuple[tuple[int, tuple[Layout, ...]], ...] = (
    (13, ()),
    (9, (sign,)),
    (10, (sign, sign, sign, direct)),
    (7, (shop_front, sign, number, direct)),
    (6, (direct, direct, number)),
    (4, (number, number)),
    (7, (notice, sign, direct)),
    (3, (receipt, sign)),
    (6, (plaque, sign)),
    (11, (slide,)),
    (5, (page,)),
    (6, (huge, caption)),
    (4, (wide, scatter)),
    (4, (scatter,)),
    (3, (title, caption)),
    (2, (scoreboard, caption, scatter)),
    (8, (match, scoreboard, caption)),
    (4, (match, scatter)),
    (4, (match,)),
)
"""How often each set of layouts occurs among the others; the first is a picture without text."""


def fill_scene(setter: Typesetter, scene: Scene) -> None:
    """Put text into `scene`: none, one layout or several."""
    chances = np.array([weight for weight, _ in LAYOUTS])
    for layout in LAYOUTS[int(setter.rng.choice(len(LAYOUTS), p=chances / chances.sum()))][1]:
        layout(setter, scene)
