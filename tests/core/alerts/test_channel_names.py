import pytest

from core.alerts.routing import PLATFORMS, channel_advice, is_channel


@pytest.mark.parametrize(
    ("platform", "channel"),
    [
        ("slack", "C0123ABCD"),
        ("slack", "#incidents"),
        ("slack", "#störungen_2"),
        ("discord", "1187654321098765432"),
        ("discord", "#incidents"),
    ],
)
def test_an_id_or_a_name_is_a_channel(platform: str, channel: str) -> None:
    assert is_channel(platform, channel)


@pytest.mark.parametrize(
    ("platform", "channel"),
    [
        ("slack", ""),
        ("slack", "incidents"),
        ("slack", "#"),
        ("slack", "#two words"),
        ("slack", "U0123ABCD"),
        ("slack", "1187654321098765432"),
        ("discord", "C0123ABCD"),
        ("discord", "incidents"),
        ("discord", "1" * 21),
        ("discord", "١٢٣"),
    ],
)
def test_anything_else_is_none(platform: str, channel: str) -> None:
    assert not is_channel(platform, channel)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_advice_follows_itself(platform: str) -> None:
    advice = channel_advice(platform)
    assert is_channel(platform, advice.split()[-1].rstrip("."))
    assert is_channel(platform, "#incidents")
    assert '"#incidents"' in advice
