"""Every word of ours has one of the extension's."""

from __future__ import annotations

import pytest

from api.extension_words import cause_category
from core.evidence.signatures import measured_signatures, signatures

# Of the contract, but for `human` and `other`.
CATEGORIES = {"code", "config", "environment", "network", "data", "hardware", "external"}


@pytest.mark.parametrize("fault", [*signatures(), *measured_signatures()])
def test_every_fault_has_a_category(fault: str) -> None:
    assert cause_category(fault) in CATEGORIES


def test_what_a_model_or_a_person_named_has_none() -> None:
    assert cause_category("squirrels") == "other"
