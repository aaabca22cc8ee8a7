"""Every aim of an attack by every carrier, against a model that obeys all that it reads."""

from __future__ import annotations

import pytest

from tests.core.investigation.consultation.attacks import AIMS, CARRIERS, PAYLOADS, Attack
from tests.core.investigation.consultation.effects import outcome_of

pytestmark = pytest.mark.unit

WORDINGS = len(PAYLOADS) // len(AIMS)


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("aim", AIMS)
async def test_an_attack_has_no_effect(aim: str, carrier: str) -> None:
    nth = (list(AIMS).index(aim) * 7 + list(CARRIERS).index(carrier) * 11) % WORDINGS
    text = [text for of_aim, text in PAYLOADS if of_aim == aim][nth]
    outcome = await outcome_of(Attack(aim, text, carrier))
    assert not outcome.effects
    assert outcome.reached
