"""Two orders become one; what is not embedded yet loses nothing by it."""

from __future__ import annotations

from core.knowledge.fusion import NOWHERE, OF_MEANING, Neighbourhood, fused
from core.knowledge.vectors import Neighbour


def near(**similarities: float) -> Neighbourhood:
    neighbours = [
        Neighbour(document_id=id_, similarity=similarity, position=0)
        for id_, similarity in similarities.items()
    ]
    return Neighbourhood(neighbours=neighbours, embedded=frozenset(similarities))


def test_without_vectors_the_order_and_the_scores_are_those_of_words() -> None:
    assert list(fused({"a": 1.0, "b": 3.0}, NOWHERE).items()) == [("b", 3.0), ("a", 1.0)]


def test_what_is_near_and_has_the_words_goes_first() -> None:
    scores = fused({"words": 8.0, "both": 7.0}, near(both=0.8, meaning=0.7, words=0.1))
    assert list(scores) == ["both", "words", "meaning"]
    assert scores["both"] == 7 / 8 + OF_MEANING


def test_what_shares_no_word_is_found_by_what_it_means() -> None:
    assert list(fused({}, near(a=0.4, b=0.6))) == ["b", "a"]


def test_what_is_not_embedded_keeps_its_place() -> None:
    by_words = {"first": 9.0, "new": 8.0, "last": 3.0}
    assert list(fused(by_words, near(first=0.6, last=0.5))) == ["first", "new", "last"]


def test_what_is_embedded_and_far_falls_behind() -> None:
    by_words = {"far": 9.0, "close": 8.0}
    hood = Neighbourhood(neighbours=near(close=0.9).neighbours, embedded=frozenset(by_words))
    assert list(fused(by_words, hood)) == ["close", "far"]
