"""A message with an optional part is the message without it; words fill wild places."""

import pytest

from core.evidence.logs.template_variants import absorb_templates, drop_optional, join_spellings

CLOSED = "* closed, * sent, * received"


def test_a_value_in_parentheses_may_be_lacking() -> None:
    longer = ["* closed, * (*) sent, * received", "* closed, * (*) sent, * (*) received"]
    assert set(drop_optional([CLOSED, *longer]).values()) == {CLOSED}


def test_a_field_at_the_end_is_part_of_the_message() -> None:
    short = 'open() failed, client: *, host: "*"'
    long = f'{short}, referrer: "*"'
    assert drop_optional([short, long])[long] == long


def test_words_and_fields_after_a_blank_are_part_of_the_message() -> None:
    for short, long in (
        ("link went down", "link went down (cable *)"),
        ("signing in failed; host=*", "signing in failed; host=* user=*"),
        ("* done", "* done (*)"),  # one word says too little
        ("lamp lit from [*]* by hand", "lamp lit from (*) [*]* by hand"),  # two values
    ):
        assert drop_optional([short, long])[long] == long


def test_without_a_shorter_one_nothing_changes() -> None:
    long = "* closed, * (*) sent"
    assert drop_optional([long]) == {long: long}


@pytest.mark.parametrize(
    ("host", "peer", "fits"),
    [
        ("user * left room *", "user ann left room 7", True),
        ("user * left room *", "user ann entered room 7", False),
        (
            "call of * ended",
            "call of a:ended ended",
            False,
        ),  # words that name a place are not in it
        ("call of * ended", "call of a:80 ended", True),
        ("set key=*,*=* there", "set key=a,b=c there", True),
        ("set key=*,*=* there", "set key=,b=c there", False),
    ],
)
def test_words_fill_wild_places(host: str, peer: str, *, fits: bool) -> None:
    assert (absorb_templates({host, peer})[peer] == host) is fits


def test_many_wild_places_cost_no_more_than_few() -> None:
    """A pattern with as many would take longer than anybody waits."""
    host = "values of the row " + ",".join("*" * 60)
    peers = {f"values of the row {'x1:' * 70}{n}:word" for n in range(40)}
    assert absorb_templates({host, *peers}).keys() == {host, *peers}


@pytest.mark.parametrize("before", ["no lamp for", "lamp went dark because:"])
def test_a_value_at_the_end_may_be_lacking(before: str) -> None:
    full = f"{before} *"
    assert set(drop_optional([before, full]).values()) == {full}
    assert drop_optional([before]) == {before: before}


def test_what_ends_in_another_word_is_a_message_of_its_own() -> None:
    assert drop_optional(["lamp lit", "lamp lit *"])["lamp lit"] == "lamp lit"


def test_a_template_of_one_word_takes_in_values_alone() -> None:
    known = {"<* dim *", "<* dim room:*", "* colour : *", "lamp.js colour : *"}
    joined = absorb_templates(known)
    assert joined["<* dim room:*"] == "<* dim *"
    assert joined["lamp.js colour : *"] == "lamp.js colour : *"


def test_signs_are_words() -> None:
    assert absorb_templates({"* ← * ● *", "* ← * ● None"})["* ← * ● None"] == "* ← * ● *"


def test_words_that_tell_an_error_fill_no_wild_place() -> None:
    joined = absorb_templates({"lamp of * is *", "lamp of ann is lit", "lamp of ann is failed"})
    assert joined["lamp of ann is lit"] == "lamp of * is *"
    assert joined["lamp of ann is failed"] == "lamp of ann is failed"


def test_what_is_called_with_a_value_is_not_the_value() -> None:
    templates = ["*: OK", "upload(*): OK", "*.*: OK"]
    assert absorb_templates(templates)["upload(*): OK"] == "upload(*): OK"


def test_advice_behind_a_sentence_is_no_other_message() -> None:
    known = "Lamp '*' is not in the hall."
    advice = f"{known} Did you mean '*'?"
    assert drop_optional({known, advice})[advice] == known


def test_a_name_in_quotes_may_be_lacking() -> None:
    known = "the lamp is not in the hall"
    named = "the lamp '*' is not in the hall"
    assert drop_optional({known, named})[named] == known


def test_without_its_name_a_message_is_no_value_of_others() -> None:
    templates = {"adding * to hall", "adding lamp '*' to hall"}
    assert drop_optional(templates) == {template: template for template in templates}


def test_a_named_value_in_brackets_may_be_lacking() -> None:
    known = "got lamp * (from *), made *"
    named = "got lamp * (from *) (needs-hall:>=*, !=*), made *"
    assert drop_optional({known, named})[named] == known


def test_a_last_word_is_no_value() -> None:
    templates = {"dim lamps *", "dim lamps request (*)"}
    assert drop_optional(templates) == {template: template for template in templates}


def test_a_colon_at_the_end_is_part_of_no_value() -> None:
    templates = {"handing lamps to *", "handing lamps to <*>:"}
    assert absorb_templates(templates) == {template: template for template in templates}
    assert set(absorb_templates({"handing lamps to *", "handing lamps to <*>"}).values()) == {
        "handing lamps to *"
    }


@pytest.mark.parametrize(
    ("spellings", "fullest"),
    [
        ({"hung '*' up", 'hung "*" up'}, "hung '*' up"),
        ({"* old lamp lit", "* old lamps lit"}, "* old lamps lit"),
        ({"will call lamp()", "will call lamp(*)"}, "will call lamp(*)"),
        ({"will call *()"}, "will call *(*)"),
    ],
)
def test_templates_that_are_spelt_otherwise_are_one(spellings: set[str], fullest: str) -> None:
    assert set(join_spellings(spellings).values()) == {fullest}


def test_words_and_other_places_are_no_spelling() -> None:
    templates = {
        "lamp lit *",
        "lamps lit *",
        "* was lit",
        "* is lit",
        "lit 'a'",
        'lit "a"',
        "dim()",
    }
    assert join_spellings(templates) == {template: template for template in templates}


def test_what_is_called_with_nothing_may_be_a_value() -> None:
    templates = {"asked hall(*): *(*)", "asked hall(*): Dim()"}
    assert set(absorb_templates(templates).values()) == {"asked hall(*): *(*)"}


def test_a_label_alone_lacks_its_value() -> None:
    assert drop_optional({"switches:", "switches: *"})["switches:"] == "switches: *"
    templates = {"switches:", "switches: all off"}
    assert drop_optional(templates) == {template: template for template in templates}
