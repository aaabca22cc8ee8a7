from __future__ import annotations

import numpy as np

from core.evidence.screenshots.cards import card_around
from core.evidence.screenshots.curves import Plot

INNER = Plot(left=40, right=120, top=60, bottom=110)
LABELS = Plot(left=40, right=60, top=60, bottom=100)
PAGE, CARD = 17, 25


def test_a_card_ends_where_its_page_shows() -> None:
    pixels = np.full((200, 200, 3), PAGE, dtype=np.uint8)
    pixels[30:150, 10:160] = CARD
    pixels[130:131, 15:155] = 60  # a rule between rows of a table
    pixels[60:100, 100:160] = 90  # an area that fills the plot, but not the rows below it
    card = card_around(pixels, INNER, labels=LABELS, height=10)
    assert card == Plot(left=10, right=160, top=30, bottom=150)


def test_without_a_page_the_picture_is_the_card() -> None:
    pixels = np.full((200, 220, 3), CARD, dtype=np.uint8)
    whole = Plot(left=0, right=220, top=0, bottom=200)
    assert card_around(pixels, INNER, labels=LABELS, height=10) == whole
    nowhere = Plot(left=0, right=0, top=60, bottom=100)
    assert card_around(pixels, INNER, labels=nowhere, height=10) == whole
