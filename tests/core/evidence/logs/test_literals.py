"""Data as programs print it is one value; what is said around it stays."""

from __future__ import annotations

import time

import pytest

from core.evidence.logs.literals import mask_literals


@pytest.mark.parametrize(
    ("line", "mask"),
    [
        ("lit with {'lamp': 'a', 'on': True} now", "lit with * now"),
        ('lit with {"lamp": "a", "on": [true, {"dim": null}]} now', "lit with * now"),
        ("order: {Lamp, Door, Bell}", "order: *"),
        ("lamps: ['a', 'b (old)', 'it\\'s'] on", "lamps: * on"),
        ("lamps: [] on", "lamps: * on"),
        ("lamp=[Lamp(a=1), Lamp(a=2)]", "lamp=*"),
        ("lamp kinds=[/'a', Lamp, [/'b']] on", "lamp kinds=* on"),
        ("lit (*, /'Lamp') on", "lit (*) on"),
        ("adding <hall/Lamp 'a' (old): {'on': *}> now", "adding * now"),
        ("adding <Lamp(*): size=*, {'a': *}> now", "adding * now"),
        ("got <* Lamp to <* [*]>, * lit> now", "got * now"),
        ("hall-file(ann,*,<*>): lamp lit", "hall-file(*): lamp lit"),
        ("calling <function dim at 0x7f> now", "calling * now"),
        ("calling <bound method Lamp.dim of <hall.Lamp object at 0x7f>>", "calling *"),
        ("<Lamp id=7 (dark)>: bulb lost", "*: bulb lost"),
        ("sent Dim(lamp=Lamp(id=7), to=3)", "sent Dim(*)"),  # what it is called stays
        ("Dim('a', by=3) failed", "Dim(*) failed"),
        ("row ('a', None) written", "row (*) written"),
        ("row (None, 'a') written", "row (*) written"),
        ("body b'\\x00 it is\\'s' read", "body * read"),
        ("load {'lamp': 'a', 'doors': ['b', 'c", "load *"),  # cut off
        ("args:('a', 1) kwargs:{'b': 2}", "args:(*) kwargs:*"),
    ],
)
def test_data_is_one_value(line: str, mask: str) -> None:
    assert mask_literals(line) == mask


@pytest.mark.parametrize(
    "line",
    [
        "the lamp is dark (will be retried)",
        "[hall] lamp lit",
        "{'lamp': 'a'} is all there is",  # the line itself may be an object
        "[main, 'x'] started",
        "lamp a -> b, 3 < 4 and 5 > 2",
        "it's dark (in the hall) isn't it",
        "lamp {name} unknown",
        "Intent { act=DIM cmp=Hall (has extras) }",  # which fields there are tells
        'got {"status": "dark"} now',
        "made Lamp(room=hall, state=broken) now",
        "found <Lamp state=broken> here",
        "started dim() and stop()",
        "lamps=[lit] on",
        "lit (*, lamp broke) on",
        "took <* of <* that may be",
        "hall-file(ann,bob): lamp lit",
        "]})> and then (",
    ],
)
def test_what_is_no_data_stays(line: str) -> None:
    assert mask_literals(line) == line


@pytest.mark.parametrize(
    "part", ["(", "[{(<a", "b'", "{'a", "('", ")]", "<a '", "{'a': [", "x(a=", "(')", "[']'a"]
)
def test_time_grows_with_the_length(part: str) -> None:
    began = time.process_time()
    mask_literals(part * 20_000)
    assert time.process_time() - began < 2
