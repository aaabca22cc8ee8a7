from __future__ import annotations

from core.investigation.causes.metric_features import kept_name


def test_a_name_is_one_line_of_clean_text() -> None:
    assert kept_name("orders\n  p95").text == "orders p95"


def test_a_secret_that_a_name_holds_goes() -> None:
    secret = "AKIA" + "Q3EGRWT7XPLB2MZN"
    assert secret not in kept_name(f"pool_{secret}").text
