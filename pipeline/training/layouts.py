"""Which text stands in a picture: none, streets, pages, slides, graphics of videos."""

from collections.abc import Callable

import numpy as np

from pipeline.training.documents import notice, page, receipt, slide
from pipeline.training.graphics import caption, huge, scatter, scoreboard, title, wide
from pipeline.training.scene import Scene
from pipeline.training.signs import direct, number, plaque, shop_front, sign
from pipeline.training.typesetter import Typesetter

Layout = Callable[[Typesetter, Scene], None]

LAYOUTS: tuple[tuple[float, tuple[Layout, ...]], ...] = (
    (0.13, ()),
    (0.09, (sign,)),
    (0.10, (sign, sign, sign, direct)),
    (0.07, (shop_front, sign, number, direct)),
    (0.06, (direct, direct, number)),
    (0.04, (number, number)),
    (0.07, (notice, sign, direct)),
    (0.03, (receipt, sign)),
    (0.06, (plaque, sign)),
    (0.11, (slide,)),
    (0.05, (page,)),
    (0.06, (huge, caption)),
    (0.04, (wide, scatter)),
    (0.04, (scatter,)),
    (0.03, (title, caption)),
    (0.02, (scoreboard, caption, scatter)),
)
"""How often each set of layouts occurs; the first is a picture without text."""


def fill_scene(setter: Typesetter, scene: Scene) -> None:
    """Put text into `scene`: none, one layout or several."""
    chances = np.array([share for share, _ in LAYOUTS])
    for layout in LAYOUTS[int(setter.rng.choice(len(LAYOUTS), p=chances / chances.sum()))][1]:
        layout(setter, scene)
