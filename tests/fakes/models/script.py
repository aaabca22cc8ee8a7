"""What a fake model answers, in words of ours; each API puts it into its own."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Scripted:
    """One answer. calls: names of tools with their arguments as JSON, or what should be JSON.

    finish: stop, length or content_filter. cuts_after, stalls_after: so many pieces of the text.
    waits_after: so many pieces, too, until the server is told to go on. raw: the body, instead of
    all else; packed: the same, compressed with gzip.
    """

    words: tuple[str, ...] = ("All ", "is ", "well.")
    calls: tuple[tuple[str, str], ...] = ()
    finish: str = "stop"
    refusal: str = ""
    tokens_in: int = 11
    tokens_out: int = 7
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay_s: float = 0.0
    gap_s: float = 0.0
    stalls_before: bool = False
    stalls_after: int = -1
    cuts_after: int = -1
    waits_after: int = -1
    raw: str = ""
    packed: bytes = b""

    @property
    def text(self) -> str:
        return "".join(self.words)


def says(*words: str, **more: object) -> Scripted:
    """An answer in these pieces."""
    return Scripted(words=words, **more)  # type: ignore[arg-type] # fields of Scripted


def calls(name: str, arguments: str) -> Scripted:
    """A call of a tool."""
    return Scripted(words=(), calls=((name, arguments),), finish="tool_calls")


def fails(status: int, **headers: str) -> Scripted:
    """An error, with headers such as `retry_after`."""
    return Scripted(
        status=status,
        headers={name.replace("_", "-").title(): value for name, value in headers.items()},
    )
