"""The subscription that users make: PagerDuty takes it, and it asks for all that we understand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pagerduty
import pytest

from core.alerts.pagerduty_text import KNOWN_EVENT_TYPES
from tests.fakes.pagerduty.events import EVERY_TYPE, OF_SERVICES
from tests.fakes.pagerduty.rest import KEY, a_pagerduty
from webhooks.pagerduty import PATH

SUBSCRIPTION = Path(__file__).parents[2] / "manifests" / "pagerduty" / "subscription.json"


def subscription() -> dict[str, Any]:
    content = json.loads(SUBSCRIPTION.read_text())
    assert list(content) == ["webhook_subscription"]
    read: dict[str, Any] = content["webhook_subscription"]
    return read


def test_it_asks_for_everything_that_becomes_history() -> None:
    events = subscription()["events"]
    assert events == sorted(KNOWN_EVENT_TYPES)
    # What concerns no incident tells a case nothing.
    assert set(EVERY_TYPE) - set(events) == {*OF_SERVICES, "pagey.ping"}


def test_it_posts_to_our_door() -> None:
    url = urlsplit(subscription()["delivery_method"]["url"])
    assert (url.scheme, url.path) == ("https", PATH)


@pytest.mark.integration
def test_pagerduty_takes_it_and_tells_its_secret_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with a_pagerduty(tmp_path) as fake:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        with pagerduty.RestApiV2Client(KEY, base_url=fake.url) as client:
            made = client.rpost("/webhook_subscriptions", json=subscription())
            assert isinstance(made, dict)
            assert len(made["delivery_method"]["secret"]) > 30
            wrong = {**subscription(), "events": ["incident.exploded"]}
            with pytest.raises(pagerduty.HttpError, match="Unknown event"):
                client.rpost("/webhook_subscriptions", json=wrong)
        assert "secret" not in str(fake.subscriptions)
