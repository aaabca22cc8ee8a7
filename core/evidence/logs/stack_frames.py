"""The frames of a stack trace: which function at which line of which file, the innermost first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.jobs.model import Scalar

MAX_FRAMES = 12  # of one trace that are kept
_MAX_READ = 400  # of one trace that are looked at
_UNNAMED = "-"
_PLACE = r"(?P<path>[^\s:(),]{1,300}):(?P<line>\d{1,7})"
_PATTERNS = {
    "python": (
        r'File "(?P<path>[^"\n]{1,300})", line (?P<line>\d{1,7})'
        r"(?:, in (?P<function>[^\n]{1,200}))?"
    ),
    "java": (
        r"\bat (?P<function>[\w.$<>/@-]{1,300})"
        r"\((?P<path>[\w$-]{1,100}\.\w{1,10}):(?P<line>\d{1,7})\)"
    ),
    "node": (
        r"\bat (?:async )?(?:(?P<function>[^\s(][^(\n]{0,200}?) (?:\[as [^\]\n]{1,80}\] )?\()?"
        r"(?P<path>(?:file:|node:|webpack|/|[A-Za-z]:\\|\.)[^\n()]{1,300}?):(?P<line>\d{1,7}):\d{1,7}"
    ),
    "dotnet": (
        r"\bat (?P<function>[^\n(]{1,300})\([^\n]{0,300}\) in (?P<path>[^\n]{1,300}?)"
        r":line (?P<line>\d{1,7})"
    ),
    "go": (
        r"^(?P<function>[^\s][^\n]{0,300}?)\([^()\n]{0,300}\)\n\s{1,20}"
        r"(?P<path>\S{1,300}\.(?:go|s)):(?P<line>\d{1,7})"
    ),
    "ruby": r"(?P<path>[^\s:]{1,300}\.rb):(?P<line>\d{1,7}):in [`'](?P<function>[^'\n]{1,200})'",
    "gdb": (
        r"^#\d{1,5}\s{1,3}(?:0x[0-9a-f]{1,16} in )?(?P<function>[^\n(]{1,200}?) ?"
        rf"\([^\n]{{0,2000}}\)\s{{1,10}}at {_PLACE}"
    ),
    "swift": (
        r"^\s{0,8}\d{1,4}\s(?:[^\n]{0,200}?0x[0-9a-f]{4,16} )?(?P<function>[^\n]{1,300}?)"
        rf" (?:\+ \d{{1,9}} )?(?:\(|in [^\n]{{1,200}}? at ){_PLACE}"
        r"|^(?P<thrown>[^\s:]{1,200}\.swift):(?P<thrown_line>\d{1,7}): Fatal error"
        r"|Fatal error: [^\n]{0,400}?: file (?P<fatal>[^\s,]{1,200}), line (?P<fatal_line>\d{1,7})"
    ),
    "elixir": (
        r"^\s{2,12}(?:\([^()\n]{1,80}\) )?(?P<path>[^\s:(),]{1,200}\.(?:exs?|erl|eex)):"
        r"(?P<line>\d{1,7}): (?P<function>[^\n]{1,200})"
    ),
    "erlang": (
        r"\{(?P<module>'?[\w.]{1,80}'?),\s*(?P<function>'[^'\n]{1,100}'|\w{1,100}),[^{}]{0,400}?,\s*"
        r"\[\{file,\s*\"(?P<path>[^\"\n]{1,200})\"\},\s*\{line,\s*(?P<line>\d{1,7})\}"
        r"|(?:in function|in call from|called as)\s{1,4}(?P<caller>\S{1,150}/\d{1,3})"
        r" \((?P<fatal>[^\s,()]{1,200}), line (?P<fatal_line>\d{1,7})\)"
    ),
    "rust": (
        r"^\s{0,8}\d{1,4}: (?:0x[0-9a-f]{4,16} - )?(?P<function>[^\n]{1,300})\n\s{1,40}at "
        r"(?P<path>\S{1,300}\.rs):(?P<line>\d{1,7})"
    ),
    "php": (
        r"^#\d{1,4} (?P<path>[^\s():]{1,300}\.php)\((?P<line>\d{1,7})\): "
        r"|(?: in |thrown in )(?P<fatal>/[^\s():]{1,300}\.php)"
        r"(?::| on line )(?P<fatal_line>\d{1,7})"
    ),
}
_FRAMES = {language: re.compile(each, re.MULTILINE) for language, each in _PATTERNS.items()}
_CAUSE = re.compile(r"^\s*Caused by: ", re.MULTILINE)
_WITHIN = re.compile(r"<(\w+)>|lambda\$(\w+)\$|^'?-(\w+)/\d")  # what a compiler made of a function
_CONSTRUCTOR = re.compile(r"([\w$]+)(?:\.<init>|\.\.ctor)$")
_DROPPED = re.compile(
    r"\(.*|(?:\.func\d+|\.\d+|::\{\{closure\}\}|::h[0-9a-f]{16})+$|/\d{1,3}$|`.*$"
)
_GENERIC = re.compile(r"<[^<>]*>|\[[^\[\]]*\]")
_SIMPLE = re.compile(r"([\w$]+[?!=]?)$")
_ANONYMOUS = frozenset({"anonymous", "module", "main", "top", "lambda", "listcomp", "genexpr"})


@dataclass(frozen=True, kw_only=True)
class StackFrame:
    """One frame. path: as the trace writes it; function: its simple name, empty if it has none."""

    path: str
    line: int
    function: str = ""


def read_frames(text: str, language: str) -> tuple[StackFrame, ...]:
    """The innermost frames of a trace of this language, that of the error itself first."""
    pattern = _FRAMES.get(language)
    if pattern is None:
        return ()
    causes = list(_CAUSE.finditer(text)) if language in {"java", "dotnet"} else []
    if causes:  # what was caused by it stands before it
        text = text[causes[-1].start() :]
    frames = [_frame(each, language) for each in islice(pattern.finditer(text), _MAX_READ)]
    if language == "python":
        frames.reverse()
    return tuple(frames[:MAX_FRAMES])


def _frame(match: re.Match[str], language: str) -> StackFrame:
    parts = match.groupdict()
    path = next(filter(None, map(parts.get, ("path", "thrown", "fatal"))), "")
    line = next(filter(None, map(parts.get, ("line", "thrown_line", "fatal_line"))), "0")
    function = parts.get("function") or parts.get("caller") or ""
    if language == "java":
        path = _java_path(function, path)
    return StackFrame(path=path, line=int(line), function=simple_function(function))


def _java_path(function: str, file: str) -> str:
    """`com/shop/Cart.java` of `com.shop.Cart.render` in `Cart.java`."""
    packages = function.rpartition("/")[2].split(".")[:-2]
    return "/".join([*(each for each in packages if each[:1].islower()), file])


def simple_function(name: str) -> str:
    """The simple name of a function as its source has it; empty for what has none.

    `Render` of `Shop.Cart.<Render>d__5.MoveNext()`, of `main.(*Cart).Render.func1`, and of
    `block in Cart#Render`.
    """
    if made := _WITHIN.search(name):
        inner = str(next(filter(None, made.groups())))
        if inner not in {*_ANONYMOUS, "init"}:
            return inner
    if made := _CONSTRUCTOR.search(name):
        return made[1].rpartition("$")[2]
    name = name.rpartition(" in ")[2].removeprefix("new ").strip()
    name = name.replace("(*", "").replace("anonymous namespace", "")
    while (shorter := _GENERIC.sub("", _DROPPED.sub("", name))) != name:
        name = shorter
    simple = _SIMPLE.search(name)
    if simple is None or simple[1] in _ANONYMOUS - {"main"}:
        return ""
    return simple[1]


def stored_frames(frames: tuple[StackFrame, ...]) -> Mapping[str, Scalar]:
    """The frames as values of a finding, the innermost first."""
    return {
        f"frame{number}": f"{frame.line} {frame.function or _UNNAMED} {frame.path}"
        for number, frame in enumerate(frames, 1)
    }


def kept_frames(data: Mapping[str, Scalar]) -> Iterator[StackFrame]:
    """Parse what `stored_frames` made."""
    for number in range(1, MAX_FRAMES + 1):
        stored = data.get(f"frame{number}")
        if stored is None:
            return
        line, function, path = str(stored).split(" ", 2)
        yield StackFrame(
            path=path, line=int(line), function="" if function == _UNNAMED else function
        )
