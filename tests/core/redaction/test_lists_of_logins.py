"""Lists of logins and keys as single products keep them, a line each."""

from __future__ import annotations

import pytest

from tests.core.redaction.cleaned_texts import cleaned

VALUE = "Ginster-41"  # pragma: allowlist secret
FORMS = (
    '"stats" "{}"',
    "cache_peer up.example parent 3128 0 login=fetcher:{}",
    "1 M {}",
    "12 SHA1 ASCII:{}",
    "  server_condition = ${{if eq{{$auth2}}{{{}}}}}",
    "  check_command  check_mysql!monitor!{}",
    "<AdministratorPassword><Value>{}</Value></AdministratorPassword>",
)


@pytest.mark.parametrize("form", FORMS)
def test_a_password_of_a_list_is_hidden(form: str) -> None:
    text = form.format(VALUE)
    assert VALUE not in cleaned(text)


@pytest.mark.parametrize(
    "text",
    [
        '"name" "x"',
        '"a", "longer text"',
        "10 M rows were read",
        "1 m wide",
        "login=desk:9000",
        "check_load!5,4,3!10,8,6",
        "<Value>plain</Value>",
    ],
)
def test_what_only_looks_like_one_stays(text: str) -> None:
    assert cleaned(text) == text
