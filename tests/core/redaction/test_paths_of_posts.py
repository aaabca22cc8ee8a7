"""Paths that take what anyone posts, where a client names them apart from their host."""

from __future__ import annotations

import pytest

from tests.core.redaction.cleaned_texts import cleaned, cleaned_among_many

pytestmark = pytest.mark.unit

TEAM = "T02ABCDEF/B03GHIJKL"
DRAWN = "xq4y8bd1r3gk7jn9wz5mce2tfa"  # pragma: allowlist secret
HEX = "12f4567890abcdef1234567890abcdef"  # pragma: allowlist secret
UUID = "8f14e45f-ceea-467f-a8b1-9d1e0f2c3b4a"
POOL = "HTTPSConnectionPool(host='h.example'): Max retries exceeded with url: {} (Caused by X)"


@pytest.mark.parametrize(
    "line",
    [
        POOL.format(f"/services/{TEAM}/{DRAWN}"),
        POOL.format(f"/workflows/{TEAM}/{DRAWN}"),
        POOL.format(f"/hooks/{DRAWN}"),
        POOL.format(f"/hooks/9aBcDeFgHiJkLmNoP/{DRAWN}"),
        POOL.format(f"/webhookb2/{UUID}@{UUID}/IncomingWebhook/{HEX}/{UUID}"),
        POOL.format(f"/trigger/alert/with/key/{DRAWN}"),
        POOL.format(f"/build_hooks/{HEX}"),
        POOL.format(f"/receiver/v1/http/{DRAWN}=="),
        f"host: 'hooks.slack.com', path: '/services/{TEAM}/{DRAWN}'",
        f'{{"host":"hooks.slack.com","path":"/services/{TEAM}/{DRAWN}"}}',
        f'https://events.pagerduty.com:443 "POST /integration/{HEX}/enqueue HTTP/1.1" 202',
    ],
)
def test_what_lets_anyone_post_is_hidden(line: str) -> None:
    shown = cleaned(line)
    assert cleaned_among_many(line) == shown
    assert DRAWN not in shown
    assert HEX not in shown
    assert line[:30] == shown[:30], "where it was sent to is still told"


@pytest.mark.parametrize(
    "line",
    [
        POOL.format(f"/orders/{UUID}/items"),
        '"POST /api/v1/orders/12345/notify/status HTTP/1.1" 200',
        '"POST /services/collector/event HTTP/1.1" 503',
        "with url: /api/v1/services/catalog-api-deployment-canary/status",
        f'"POST /orders/callback/{UUID} HTTP/1.1" 200',
    ],
)
def test_other_paths_stay(line: str) -> None:
    assert cleaned(line) == line
