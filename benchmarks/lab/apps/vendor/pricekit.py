"""Money, version 2: `round_money` became `quantize`."""

from __future__ import annotations

from decimal import Decimal

__version__ = "2.0.0"


def quantize(amount: Decimal, places: int = 2) -> Decimal:
    """The amount with so many places."""
    return amount.quantize(Decimal(10) ** -places)
