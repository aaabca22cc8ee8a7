"""What a person sees never becomes shorter, and is never contradicted without a word."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from integrations.llm.placeholders import Placeholders
from integrations.llm.streamed_text import StreamedText

NAME = "\u00abemail-abcdef2\u00bb"
MANGLED = ["\u00abEMAIL-ABCDEF2\u00bb", "\u00ab email - abcdef2 \u00bb", "<<Email-abcdef2>>", NAME]
WORDS = st.sampled_from(["pool ", "is ", "full ", "<", "\u00ab", "a < b ", *MANGLED])


@given(st.lists(st.lists(WORDS, min_size=1, max_size=6), min_size=1, max_size=3), st.data())
async def test_the_screen_grows_and_what_is_withdrawn_is_named(
    attempts: list[list[str]], data: st.DataObject
) -> None:
    names, seen = Placeholders([NAME]), list[str]()

    async def on_text(text: str) -> None:
        seen.append(text)

    streamed = StreamedText(on_text, names)
    for words in attempts:
        streamed.restart()
        text, at = "".join(words), 0
        while at < len(text):
            size = data.draw(st.integers(1, 9))
            await streamed.add(text[at : at + size])
            at += size
    final = names.restore("".join(attempts[-1]))
    await streamed.finish(final)
    assert [len(text) for text in seen] == sorted({len(text) for text in seen})
    withdrawn = streamed.withdrawn(final)
    assert all(final.startswith(text) for text in seen) or withdrawn
    assert not (withdrawn and final.startswith(withdrawn))


@given(st.lists(WORDS, max_size=12), st.integers(1, 7))
async def test_one_stream_alone_withdraws_nothing(words: list[str], size: int) -> None:
    names, text, seen = Placeholders([NAME]), "".join(words), list[str]()

    async def on_text(text: str) -> None:
        seen.append(text)

    streamed = StreamedText(on_text, names)
    for at in range(0, len(text), size):
        await streamed.add(text[at : at + size])
    final = names.restore(text)
    await streamed.finish(final)
    assert streamed.withdrawn(final) == ""
    assert not any(mangled in part for part in seen for mangled in MANGLED[:-1])
    assert (seen[-1] if seen else "") == final
