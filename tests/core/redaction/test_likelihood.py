"""Values that no rule names, and that look and stand like secrets."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from core.redaction import likelihood
from core.redaction.engine import Redactor
from core.redaction.likelihood import features, likely_secrets, values_in
from core.redaction.rule_choice import RULES, find_spans

REDACTOR = Redactor(b"the key of a case")
DRAWN = "Zt4Qm9Xk2Lw7"
HEX = "9f2c41d7aa3be0c86512f47d9e80ab33"  # pragma: allowlist secret
HIDDEN = {
    f"unlock word of the vault door: {DRAWN}": DRAWN,
    f"recovery = {DRAWN}": DRAWN,
    f"session handed out: {{{HEX}}}": HEX,
    f"radius peer 10.0.0.4 uses {DRAWN}": DRAWN,
    f"invite: {DRAWN}": DRAWN,
    "otp seed\n  KZ7Q2MXW4LTR9PVB": "KZ7Q2MXW4LTR9PVB",
}
KEPT = [
    f"{HEX} was deployed",
    f"deployed release {DRAWN} to checkout",  # nothing announces a secret
    f"Idempotency-Key: {HEX}",
    f"Restoring cache key=deps-{HEX}",
    'secret "db-creds-v2" not found',
    "token = settings.secret_2",
    "password reset to default for Orders2025",
    "session of worker-7c9f8d6b5-x2x1z expired",
    "invite: ********",
    "user=teller-04 trace=4bf92f3577b34da6a3ce929d0e0e4736",
]
ELSE = tuple(rule for rule in RULES if rule not in likelihood.RULES)


@pytest.mark.parametrize(("text", "secret"), HIDDEN.items())
def test_what_no_rule_names_is_hidden_where_it_looks_and_stands_like_a_secret(
    text: str, secret: str
) -> None:
    start = text.index(secret)
    assert not find_spans(text, ELSE), "a rule names it: this says nothing of the weights"
    assert list(likely_secrets(text)) == [(start, start + len(secret))]
    assert secret not in REDACTOR.clean(text).text


@pytest.mark.parametrize("text", KEPT)
def test_what_investigations_need_stays(text: str) -> None:
    assert REDACTOR.clean(text).text == text


def test_many_lines_at_once_are_read_as_each_of_them_is() -> None:
    lines = [line for text in (*HIDDEN, *KEPT) for line in text.split("\n")] * 5
    alone = [REDACTOR.clean(line).text for line in lines]
    assert REDACTOR.hide(pl.Series(lines)).to_list() == alone


def test_a_secret_counts_only_within_reach_of_what_announces_it() -> None:
    assert not list(values_in(DRAWN))
    far = "invite " + "of somebody " * 20 + DRAWN
    assert not list(values_in(far))
    assert list(values_in(f"invite {DRAWN}"))


def test_weights_are_of_features_that_exist() -> None:
    document = json.loads(Path(likelihood.__file__).with_suffix(".json").read_text())
    kinds = {name.split(" ")[0] for name in document["weights"]}
    text = f"user: tess\nrecovery word - {DRAWN}, then {HEX} for tess"
    known = {name.split(" ")[0] for place in values_in(text) for name in features(text, *place)}
    assert kinds <= known | {"begins", "holds", "shape", "name", "hexadecimal"}
    assert len(document["weights"]) > 100  # what was fitted to nothing has none


def test_each_value_of_a_long_line_is_looked_at() -> None:
    text = f"invite {DRAWN} " * 2_000
    assert len(list(values_in(text))) == 2_000
