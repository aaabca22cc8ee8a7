"""Values below their names take time that grows with the text, whatever its lines are."""

from __future__ import annotations

from time import process_time
from typing import Any

import pytest

from core.redaction.multiline import named_values
from core.redaction.values_below import spans_below

# What opens something, again and again: each was read once for every line above it.
HEADINGS = (
    "kind: Secret\ndata:\n",
    "kind: Secret\n",
    ".htpasswd\n",
    "# .htpasswd of the wiki\n",
    "<password>\n",
    "password\n",
    "a b\n.htpasswd\n",
)


def hidden(text: str) -> set[str]:
    return {text[start:end] for start, end in named_values(text)}


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_text_of_nothing_but_headings_takes_time_linear_in_its_length(heading: str) -> None:
    def seconds(length: int) -> float:
        text = heading * (length // len(heading))
        began = process_time()
        list(named_values(text))
        return process_time() - began

    assert seconds(80_000) < 6 * seconds(20_000) + 1


class CountedLines(list[str]):
    """Lines that count how often one of them is asked for."""

    asked = 0

    def __getitem__(self, number: Any) -> Any:
        self.asked += 1
        return super().__getitem__(number)


@pytest.mark.parametrize("heading", HEADINGS)
def test_a_line_is_asked_for_a_few_times_however_many_headings_are_above_it(heading: str) -> None:
    lines = CountedLines((heading * 1000).split("\n"))
    list(spans_below(lines, range(len(lines))))
    assert lines.asked < 60 * len(lines)


def test_accounts_below_several_headings_are_all_read() -> None:
    text = "a note\n.htpasswd\n# .htpasswd of the wiki\nbob Hunter-2x\n.pgpass\neva Geheim-77\n"
    assert {"Hunter-2x", "Geheim-77"} <= hidden(text)


def test_a_section_that_ends_another_is_read_itself() -> None:
    text = "[users]\n\n[admins]\nbob = Hunter-2x\n[other]\neva = Geheim-77\n"
    assert hidden(text) == {"Hunter-2x"}


def test_objects_that_say_twice_that_they_are_secrets_are_read_to_their_end() -> None:
    many = "".join(f"  k{nth}: dmFsdWU{nth}\n" for nth in range(150))
    more = "kind: Secret\nmetadata:\n  name: shop\nstringData:\n  a: b7Hq\n"
    values = hidden(f"kind: Secret\ndata:\n{many}{more}")
    assert {"dmFsdWU0", "dmFsdWU149", "b7Hq"} <= values
    assert "shop" not in values


def test_an_object_does_not_go_on_in_the_next() -> None:
    text = "kind: Secret\ndata:\n  a: b7Hq\n---\nkind: ConfigMap\ndata:\n  name: shop\n"
    assert hidden(text) == {"b7Hq"}


def test_an_element_is_read_up_to_its_end_and_only_where_it_has_one() -> None:
    assert hidden("<password>\n  Hunter-2x\n</password>\nafter\n") == {"Hunter-2x"}
    assert hidden("<password>\n  some words\n  of text\n") == set()


@pytest.mark.parametrize(
    "value", ["cX=9u+gBO7rkpKsNPvrA", "ylPFar_Q2-4*8nW5=750", "w7:Kq2-Zr9+tB4m"]
)
@pytest.mark.parametrize(
    "heading",
    [
        "Password for the elastic user (reset with `bin/reset-password -u elastic`):",
        "The new password (valid for 24 h) is:",
        "Initial admin password (run `x init` again to change it):",
    ],
)
def test_a_drawn_answer_may_hold_the_sign_of_an_assignment(heading: str, value: str) -> None:
    assert hidden(f"{heading}\n  {value}\n") == {value}


@pytest.mark.parametrize("line", ["region=EuWest1b", "host:Db1Primary", "2026-11-26T04:10:01"])
def test_an_assignment_below_such_a_heading_is_no_answer(line: str) -> None:
    assert hidden(f"The new password (valid for 24 h) is:\n  {line}\n") == set()
