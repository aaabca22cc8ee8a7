"""What fits into the wild places of another template joins it."""

from hypothesis import given
from hypothesis import strategies as st

from core.evidence.logs.template_variants import absorb_templates


def test_a_word_where_another_template_is_wild_joins_it() -> None:
    absorbed = absorb_templates(["user * logged in", "user ann logged in", "user * logged out"])
    assert absorbed["user ann logged in"] == "user * logged in"
    assert absorbed["user * logged out"] == "user * logged out"


def test_a_list_of_any_length_fits_into_one_place() -> None:
    host = "picked for *: *"
    for several in ("[lamp, chair, table]", "lamp, chair", '"a red lamp"'):
        template = f"picked for ann: {several}"
        assert absorb_templates([host, template])[template] in {
            host,
            template.replace(several, "*"),
        }
    assert absorb_templates([host, "picked for ann: [a, b]"])["picked for ann: [a, b]"] == host


def test_words_with_a_comma_between_make_no_template_of_their_own() -> None:
    confirmed, refused = "order * of * confirmed, total *", "order * of * refused: *"
    assert absorb_templates([confirmed, refused]) == {confirmed: confirmed, refused: refused}


def test_a_name_before_a_colon_is_no_value() -> None:
    assert (
        absorb_templates(["stopped *", "stopped ::because"])["stopped ::because"]
        == "stopped ::because"
    )


@given(st.lists(st.text(alphabet="ab *,[]\"'", max_size=24), max_size=12))
def test_every_template_is_one_of_them(templates: list[str]) -> None:
    absorbed = absorb_templates(templates)
    assert set(absorbed) == set(templates)
    assert set(absorbed.values()) <= set(templates)
