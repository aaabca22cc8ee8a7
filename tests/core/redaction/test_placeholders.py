from __future__ import annotations

from core.redaction.rules import PLACEHOLDER, placeholder


def test_a_placeholder_names_its_kind_and_is_recognised() -> None:
    name = placeholder("email", "a@example.com", key=b"k")
    assert PLACEHOLDER.fullmatch(name)
    assert name.startswith("«email-")


def test_names_depend_on_key_kind_and_value() -> None:
    names = {
        placeholder(kind, value, key=key)
        for kind in ("email", "secret")
        for value in ("a", "b")
        for key in (b"k", b"l")
    }
    assert len(names) == 8


def test_text_that_is_no_unicode_has_a_name_too() -> None:
    assert placeholder("secret", "\ud800", key=b"k")
