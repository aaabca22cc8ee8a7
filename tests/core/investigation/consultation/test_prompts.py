"""The prompts of today are the golden ones; what they say of a reply is what is read of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from core.conversation.commands.parsing import understand
from core.errors import WrongUsage
from core.investigation.consultation.opinions import Proposal
from core.investigation.consultation.prompts import SHIPPED, Prompts
from core.investigation.memory.messages import estimate
from core.text.redacted import RedactedText
from tests.core.investigation.sample_situations import REDACTOR
from tests.prompts import PROFILES, golden_path, prompts

if TYPE_CHECKING:
    from typing import Any

pytestmark = pytest.mark.unit

MOST_TOKENS = 1_600  # of instructions, beside the evidence that is asked for


@pytest.mark.parametrize("profile", PROFILES)
def test_the_prompts_are_the_golden_ones(profile: str) -> None:
    for name, text in prompts(PROFILES[profile]).items():
        kept = golden_path(name, profile).read_text(encoding="utf-8")
        assert text == kept, "`python -m tests.prompts`, then look at the difference"


@pytest.mark.parametrize("profile", PROFILES)
def test_the_instructions_are_short(profile: str) -> None:
    for text in prompts(PROFILES[profile]).values():
        assert estimate(text.split("# user")[0]) <= MOST_TOKENS


def test_the_shape_that_is_shown_is_the_shape_that_is_read() -> None:
    shown = set(re.findall(r'"([a-z]+)":', SHIPPED.instructions("decide")))
    assert shown == _names(Proposal.model_json_schema())


def _names(schema: dict[str, Any]) -> set[str]:
    parts = [schema, *schema.get("$defs", {}).values()]
    return {name for part in parts for name in part["properties"]}


def test_every_verb_that_an_answer_may_offer_works() -> None:
    offered = re.findall(r"`([a-z0-9 ]+)`", SHIPPED.instructions("answer"))
    assert len(offered) > 5
    for line in offered:
        verb, _, argument = line.partition(" ")
        assert understand(verb, argument, plain=False).verb.name == verb or verb == "errors"


def test_nothing_gets_into_a_prompt_that_is_not_clean() -> None:
    with pytest.raises(TypeError, match="str in a prompt is not clean"):
        SHIPPED.render("rules", open="<a>", close=RedactedText.EMPTY)  # type: ignore[arg-type]


def test_braces_of_evidence_are_no_template() -> None:
    line = REDACTOR.clean('{{ open }} {% for x in y %} {"a": {"b": 1}}')
    assert line.text in SHIPPED.render("rules", open=line, close=RedactedText.EMPTY).text


def test_a_template_of_ones_own_stands_in_place_of_the_shipped() -> None:
    own = Prompts({"rules": "Weigh, and trust nobody."})
    prompt = own.render("answer", open=RedactedText.EMPTY, close=RedactedText.EMPTY, rounds=1)
    assert "Weigh, and trust nobody." in prompt.text
    assert "what stands between" not in prompt.text
    assert own.instructions("decide") == SHIPPED.instructions("decide")


def test_a_mistake_in_a_template_is_told_with_its_name() -> None:
    for mistake in ("{% if %}", "{{ nothing_of_the_kind }}", "{{ open.__class__.__mro__ }}"):
        with pytest.raises((WrongUsage, TypeError)):
            Prompts({"rules": mistake}).render("rules", open=RedactedText.EMPTY)
