from __future__ import annotations

import time
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from core.evidence.logs.template_merger import merge_patterns

NAMES = ("alice", "bob", "carol", "dave", "eve", "frank", "grace")


def test_a_place_with_many_words_is_a_value() -> None:
    merged = merge_patterns([f"signed in {name} from * just now" for name in NAMES])
    assert set(merged) == {"signed in * from * just now"}


def test_few_words_in_a_place_are_different_messages() -> None:
    merged = merge_patterns(["state is open now", "state is closed now", "state is broken now"])
    assert len(set(merged)) == 3


def test_names_after_a_word_that_takes_names_are_values() -> None:
    merged = merge_patterns(["session closed for user root", "session closed for user dana"])
    assert len(set(merged)) == 1


def test_states_in_capitals_stay_apart() -> None:
    states = ("NEW", "READY", "RUNNING", "DONE", "FAILED", "KILLED", "LOST")
    merged = merge_patterns([f"task * went to {state} at last" for state in states])
    assert len(set(merged)) == len(states)


def test_verbs_stay_apart_however_many() -> None:
    verbs = ("started", "finished", "paused", "resumed", "skipped", "queued", "restarted")
    merged = merge_patterns([f"step {name} of it {verb}" for verb in verbs for name in NAMES])
    assert set(merged) == {f"step * of it {verb}" for verb in verbs}


def test_few_words_in_quotes_are_values() -> None:
    merged = merge_patterns(['no table "orders" here', 'no table "stock" here'])
    assert set(merged) == {'no table "*" here'}


def test_three_names_after_a_preposition_are_values() -> None:
    towns = ("harbor", "cedar", "atlas")
    assert len(set(merge_patterns([f"parcel * left from {town} today" for town in towns]))) == 1
    assert len(set(merge_patterns([f"parcel * is {town} today" for town in towns]))) == 3


def test_what_is_a_value_in_one_message_is_one_in_others() -> None:
    many = [f"parcel * has been seen in {name} again" for name in NAMES]
    few = ["lorry carol is late", "lorry dave is late"]
    assert set(merge_patterns(many + few)) == {
        "parcel * has been seen in * again",
        "lorry * is late",
    }
    assert len(set(merge_patterns(few))) == 2


def test_lists_of_any_length_are_one_value() -> None:
    merged = merge_patterns([f"built with [{', '.join(NAMES[:n])}] at last" for n in (1, 2, 4)])
    assert set(merged) == {"built with [*] at last"}


def test_a_named_value_does_not_swallow_another_name() -> None:
    merged = merge_patterns(["*: channel is * now", "*::close: channel is * now"])
    assert len(set(merged)) == 2


def test_lines_that_differ_in_hundreds_of_places_take_no_forever() -> None:
    lines = [" ".join("b" if at == n else "a" for at in range(900)) for n in range(90)]
    began = time.process_time()
    assert len(merge_patterns(lines)) == len(lines)
    assert time.process_time() - began < 5


def test_what_fits_into_a_wild_place_joins() -> None:
    merged = merge_patterns(["synchronized to *, stratum *", "synchronized to LOCAL(*), stratum *"])
    assert len(set(merged)) == 1


def test_unrelated_lines_of_one_shape_stay_apart() -> None:
    lines = [f"{a} {b} {c}" for a, b, c in zip(NAMES, NAMES[1:], NAMES[2:], strict=False)]
    assert len(set(merge_patterns(lines))) == len(lines)


@given(st.lists(st.text(max_size=60), max_size=30))
@example(["\0", "\0"])
@example(['a "\0" "x"', 'a "\0" "y"'])
def test_each_line_gets_a_template_and_order_does_not_matter(lines: list[str]) -> None:
    merged = merge_patterns(lines)
    assert len(merged) == len(lines)
    together = {
        frozenset(i for i, template in enumerate(merged) if template == other) for other in merged
    }
    back = list(reversed(merge_patterns(list(reversed(lines)))))
    assert {
        frozenset(i for i, template in enumerate(back) if template == other) for other in back
    } == together


def test_states_that_come_in_all_pairs_are_values() -> None:
    pairs = [(a, b) for a in ("on", "off") for b in ("on", "off")]
    assert set(merge_patterns([f"supply status ( {a} {b} )" for a, b in pairs])) == {
        "supply status ( * )"
    }
    assert len(set(merge_patterns([f"supply status ( {a} {b} )" for a, b in pairs[:2]]))) == 2


def test_the_steps_of_a_sequence_stay_apart() -> None:
    states = ("NEW", "READY", "RUNNING", "DONE")
    steps = [f"task * moved from {a} to {b}" for a, b in pairwise(states)]
    assert len(set(merge_patterns(steps))) == len(steps)


def test_a_request_is_a_value_where_it_is_one_field_of_many() -> None:
    methods = ("GET", "POST")
    fields = [f'open() failed, client: *, request: "{method} *", host: "*"' for method in methods]
    assert len(set(merge_patterns(fields))) == 1
    assert len(set(merge_patterns([f'* "{method} *" status: *' for method in methods]))) == 2


def test_requests_are_values_where_they_are_no_more_than_that() -> None:
    for line in ("* asked for {} * in *", '* "{} *"', 'seen behind the gate: "{} *" *'):
        assert len(set(merge_patterns([line.format(method) for method in ("GET", "PUT")]))) == 1
    assert len(set(merge_patterns([f"{method} * failed" for method in ("GET", "PUT")]))) == 2


def test_constants_that_say_by_what_means_are_values() -> None:
    lines = [f"lamp * was put out by {by} at last" for by in ("SWITCH", "TIMER")]
    assert set(merge_patterns(lines)) == {"lamp * was put out by * at last"}


def test_answers_in_parentheses_are_values() -> None:
    lines = [f"lamp * refused (with shade: {answer})" for answer in ("YES", "NO")]
    assert set(merge_patterns(lines)) == {"lamp * refused (with shade: *)"}


def test_three_words_alone_in_parentheses_are_values_but_causes_stay() -> None:
    words = ("REFUSED", "failure", "SERVFAIL")
    assert len(set(merge_patterns([f"asking failed ({word}) for *" for word in words]))) == 1
    causes = ("*: Connection refused", "*: No such file", "*: Permission denied")
    assert len(set(merge_patterns([f"asking failed ({why}) for *" for why in causes]))) == 3


def test_the_kind_of_a_quoted_thing_stays() -> None:
    kinds = ("role", "lamp", "table", "index", "cursor", "door")
    merged = merge_patterns([f'{kind} "*" does not exist' for kind in kinds])
    assert len(set(merged)) == len(kinds)


def test_a_cause_of_several_words_stays_whole() -> None:
    causes = ("Cable Broken", "Door Open", "Sensor Lost", "Mains Out", "Bulb Gone", "Fuse Blown")
    merged = merge_patterns([f"lamp * went dark: {cause}" for cause in causes])
    assert set(merged) == {f"lamp * went dark: {cause}" for cause in causes}


def test_words_that_come_with_any_other_are_no_cause() -> None:
    lines = [f"lamp moved to: {name} {other}" for name in NAMES for other in NAMES]
    assert set(merge_patterns(lines)) == {"lamp moved to: *"}


def test_words_and_marks_that_are_not_always_written_part_lines() -> None:
    jobs = [f"jobs.{name}: *" for name in ("paint_wall", "sweep", "water_plants")]
    tails = ("", " * tries", " @*", " @* * tries", " prio=*")
    lines = [f"Doing {job}{tail}" for job in jobs for tail in tails]
    assert set(merge_patterns(lines)) == {
        "Doing *: *",
        "Doing *: * tries",
        "Doing *: * @*",
        "Doing *: * @* tries",
        "Doing *: * prio=*",
    }


def test_verbs_before_names_with_values_stay() -> None:
    verbs = ("dim", "light", "paint", "sweep", "heat", "lock")
    lines = [f"<* {verb} {room}:*" for verb in verbs for room in ("hall", "attic", "cellar")]
    assert set(merge_patterns(lines)) == {f"<* {verb} *:*" for verb in verbs}


def test_what_was_sent_in_brackets_tells_messages_apart() -> None:
    sent = ("[JOIN * *]", "[PART * *]", "[WAVE]", "[NOD]", "[MOVE *]")
    lines = [f'"*" - =>> {command}' for command in sent]
    assert len(set(merge_patterns(lines))) == len(sent)


def test_a_name_behind_two_ends_is_a_part_of_its_own() -> None:
    lines = [f"lamp <*> (* -> *{name}) lit" for name in ("", " - *", " - hall", " - attic")]
    merged = merge_patterns(lines)
    assert merged[0] == "lamp * (* -> *) lit"
    assert set(merged[1:]) == {"lamp * (* -> * - *) lit"}


def test_a_name_in_angle_brackets_is_one_without() -> None:
    lines = [f"lit the lamp {name}" for name in ("<*>", "hall", "attic")]
    assert set(merge_patterns(lines)) == {"lit the lamp *"}


def test_brackets_behind_a_sign_hold_a_value_like_any_other() -> None:
    assert set(merge_patterns(["* <= <*> lit", "* <= * lit"])) == {"* <= * lit"}


def test_a_letter_for_each_of_several_things_is_a_value() -> None:
    merged = merge_patterns([f"pool slots: {slots}" for slots in ("RRW", "RW", "WWW", "WRW")])
    assert set(merged) == {"pool slots: *"}
    states = ("NEW", "DONE", "LOST", "READY")
    assert len(set(merge_patterns([f"pool slots: {state}" for state in states]))) == len(states)


def test_what_a_job_calls_is_a_value() -> None:
    calls = ("resize(*)", "notify('ops', *)", "sweep('*', depth=*)")
    merged = merge_patterns([f"Took job {call} off the list." for call in calls])
    assert set(merged) == {"Took job *(*) off the list."}


def test_brackets_behind_a_value_may_be_empty() -> None:
    lines = ["*-[] left the room (bye).", "*-[*] left the room (bye)."]
    assert len(set(merge_patterns(lines))) == 1


def test_two_classes_are_values() -> None:
    merged = merge_patterns(["closing HallLamp of *", "closing DoorBell of *"])
    assert set(merged) == {"closing * of *"}


def test_two_errors_are_different_messages() -> None:
    lines = ["raised LampError in hall", "raised BulbTimeout in hall"]
    assert merge_patterns(lines) == lines


def test_two_settings_are_different_messages() -> None:
    lines = [
        "lampLevel = * now",
        "bellLevel = * now",
        "the dimUri will be *",
        "the litUri will be *",
    ]
    assert merge_patterns(lines) == lines


def test_what_there_is_to_do_tells_messages_apart() -> None:
    lines = [f"took * to {verb} 'x'" for verb in ("light", "dim", "mend", "hang")]
    assert merge_patterns(lines) == lines


def test_names_of_fields_say_little_of_a_message() -> None:
    says = ("Lamp lit", "Bulb lost", "Closing hall", "Reading bell", "Bell rung", "Door shut")
    lines = [f"[lamp=*, hall=*] {text}" for text in says]
    assert merge_patterns(lines) == lines


def test_requests_are_one_message_beside_another() -> None:
    lines = [f'* - "{method} /lamps HTTP/*" *' for method in ("GET", "PUT", "POST")]
    merged = merge_patterns([*lines, '* - "Lamp /lamps" *'])
    assert len(set(merged[:3])) == 1
    assert merged[3] not in merged[:3]


def test_a_function_may_be_called_with_nothing() -> None:
    names = [f"lamp{letter}.dim" for letter in "abcdefg"]
    merged = merge_patterns(
        [
            *(f"got method {name}(by=*) ok" for name in names),
            *(f"got method {name}() ok" for name in names),
        ]
    )
    assert set(merged) == {"got method *(*) ok"}


def test_a_label_behind_the_name_of_a_logger_is_the_message() -> None:
    labels = ("Lamps", "Doors", "Bells", "Walls", "Roofs")
    lines = [f"hall.plan: {label}: *" for label in labels]
    assert merge_patterns(lines) == lines
    assert set(merge_patterns([f"hall.plan: drawing {label}: *" for label in labels])) == {
        "hall.plan: drawing *: *"
    }


def test_functions_that_lines_begin_with_are_messages() -> None:
    lines = [f"lamp_{verb}: entering hall" for verb in ("lit", "dim", "try", "put", "get")]
    assert merge_patterns(lines) == lines
    assert set(merge_patterns([f"{name}: entering hall" for name in NAMES])) == {"*: entering hall"}


def test_three_words_behind_an_arrow_are_values() -> None:
    lines = [f"parsed * -> {what}" for what in ("chapter", "appendix", "cover")]
    assert set(merge_patterns(lines)) == {"parsed * -> *"}
    assert merge_patterns(lines[:2]) == lines[:2]


def test_a_method_may_be_quoted_either_way() -> None:
    for quote in "'\"":
        lines = [f"lamp asked: {quote}{verb}{quote} * again" for verb in ("GET", "POST")]
        assert len(set(merge_patterns(lines))) == 1
        lines = [f"lamp takes {quote}{verb}{quote} from halls" for verb in ("GET", "POST")]
        assert merge_patterns(lines) == lines


def test_two_classes_that_are_called_are_values() -> None:
    lines = [f"checking if {name}(*) is lit" for name in ("Lamp", "Door")]
    assert set(merge_patterns(lines)) == {"checking if *(*) is lit"}
    for others in (
        ["checking if lamp(*) is lit", "checking if door(*) is lit"],
        ["checking if Lamp (on) is lit", "checking if Door (on) is lit"],
        ["Lamp(*) is lit", "Door(*) is lit"],
        ["checking if LampError(*) is lit", "checking if DoorError(*) is lit"],
    ):
        assert merge_patterns(others) == others
