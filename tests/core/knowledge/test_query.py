"""What is asked for: phrases by what stands for them, PromQL by its metrics, fillers for little."""

from __future__ import annotations

from core.knowledge.query import OF_FILLER, OF_PARAPHRASE, SearchQuery, query_of
from core.knowledge.terms import PAIR, fillers, paraphrases, synonyms, terms


def test_a_phrase_is_looked_up_by_what_stands_for_it_and_one_word_of_it_is_not() -> None:
    query = query_of("node is unready")
    assert query[f"not{PAIR}readi"] > query["not"] == query["readi"] == OF_PARAPHRASE
    assert "unreadi" in query_of("the node is not ready")
    assert "unreadi" not in query_of("the pod is ready and not in a loop")


def test_a_phrase_stands_for_others_and_never_for_itself() -> None:
    phrases = list(paraphrases(terms("KSM cannot list pods")))
    assert ("kube", "state", "metric") in phrases
    assert ("ksm",) not in phrases
    assert list(paraphrases(terms("kube state"))) == []


def test_own_words_weigh_more_than_what_stands_for_them() -> None:
    query = query_of("kube-state-metrics, that is ksm, is down")
    assert query["ksm"] >= 1
    assert query["state"] >= 1


def test_fillers_count_for_less_and_are_no_words_of_incidents() -> None:
    query = query_of("disk full since ten minutes")
    assert query["minut"] == query["sinc"] == OF_FILLER
    assert query["disk"] == 1
    assert not fillers() & synonyms().keys()


def test_metrics_are_asked_for_by_neighbours_and_by_phrases() -> None:
    query = query_of("", expression='kube_resourcequota{type="used"} / node_filesystem_files_free')
    assert f"filesystem{PAIR}file" in query
    assert {"resourc", "quota"} <= query.keys()
    assert "type" not in query


def test_what_is_meant_has_the_words_of_metrics_and_nothing_else_of_promql() -> None:
    query = SearchQuery.of("all is lost", expression='rate(job:up_seconds:sum{job="a"}[5m]) > 1')
    assert query.text == "all is lost job up seconds sum"
    assert SearchQuery.of("all is lost").text == "all is lost"
