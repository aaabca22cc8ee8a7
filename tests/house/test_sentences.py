"""What the product says is data: each name in code has its sentence, and each sentence is said."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from string import Formatter

import pytest

from core.text.sentences import FOLDER
from tests.house.tree import ROOT, our_files

Data = Mapping[str, Mapping[str, str]]  # `FILE.TABLE`: the sentences by name

_WORD = re.compile(r"[^\W\d_]{2,}")
_SLOT = re.compile(r"\{[^{}]*\}")
_NAME = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_SEVERAL = 2  # words that nobody takes for a name, a unit or the word of an enum
_WORDINGS = {"RedactedText.format": 1, "counted": _SEVERAL, "RedactedText.join": _SEVERAL}
_TOLD = {"Likeness", "Detected", "Export"}  # they take their reason as plain text
_TOLD_AS = {"reason", "problem", "gone", "why", "says", "wants", "expects"}
_CONVERSATION = "core.conversation."


@dataclass(frozen=True)
class Use:
    """A sentence where it is said. slots: None where nobody can tell which."""

    where: str
    section: str
    name: str
    slots: frozenset[str] | None


@cache
def data() -> Data:
    return {
        f"{path.stem}.{table}": names
        for path in sorted(FOLDER.glob("*.toml"))
        for table, names in tomllib.loads(path.read_text(encoding="utf-8")).items()
    }


@cache
def code() -> Mapping[str, ast.Module]:
    """Every module of core by its name."""
    return {
        ".".join(path.relative_to(ROOT).with_suffix("").parts): ast.parse(path.read_text("utf-8"))
        for path in our_files()
        if path.is_relative_to(ROOT / "core") and path.suffix == ".py"
    }


def slots_of(words: str) -> frozenset[str]:
    return frozenset(slot for _, slot, _, _ in Formatter().parse(words) if slot is not None)


def uses_in(module: str, tree: ast.Module) -> Iterator[Use]:
    """Every sentence that a module says, by name."""
    spoken = dict(_sections(tree))
    tables = {
        target.id: statement.value
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    for scope in _scopes(tree):
        for call in _calls(scope):
            voice, is_later = _voice(call.func)
            if voice in spoken and call.args:
                slots = frozenset(word.arg or "**" for word in call.keywords)
                for name in _names(call.args[0], scope, tables):
                    where = f"{module}:{call.lineno}"
                    yield Use(where, spoken[voice], name, frozenset() if is_later else slots)


def faults_of(uses: list[Use], sentences: Data) -> list[str]:
    """What is said but does not exist, or with other slots than it has."""
    return [
        f"{use.where}: {use.section} {use.name!r} {sorted(use.slots or ())}"
        for use in uses
        if use.slots != slots_of(sentences.get(use.section, {}).get(use.name, "{there is none}"))
    ]


def unsaid(uses: list[Use], sentences: Data) -> list[str]:
    """What exists but is never said."""
    used = {(use.section, use.name) for use in uses}
    return [
        f"{section} {name}"
        for section, names in sentences.items()
        for name in names
        if (section, name) not in used
    ]


def inline_sentences(module: str, tree: ast.Module) -> Iterator[str]:
    """Words in code that people read. Errors carry their own; names, marks and units are no words.

    Words that a variable holds count, too: nobody could tell what they are.
    """
    spared = {id(part) for node in _spared(tree) for part in ast.walk(node)}
    for call in _calls(tree):
        if id(call) not in spared:
            for text in _worded(call):
                if text is None or len(_WORD.findall(_SLOT.sub(" ", text))) >= _limit(call):
                    yield f"{module}:{call.lineno}: {text}"


def _sections(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Names that speak for a section: `say = sentences("investigation.grounds")`."""
    for statement in tree.body:
        match statement:
            case ast.Assign(
                targets=[ast.Name(id=voice)],
                value=ast.Call(func=ast.Name(id="sentences"), args=[ast.Constant(value=section)]),
            ):
                yield voice, str(section)


def _scopes(tree: ast.Module) -> Iterator[ast.AST]:
    """What is at the top of a module, and each function that is in no other one."""
    nodes: list[ast.AST] = [tree]
    while nodes:
        node = nodes.pop()
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Module | ast.ClassDef):
                nodes.append(child)
            else:
                yield child


def _calls(scope: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(scope) if isinstance(node, ast.Call))


def _voice(function: ast.expr) -> tuple[str, bool]:
    """Who speaks, and whether it is `say.later`, which has no slots."""
    match function:
        case ast.Name(id=voice):
            return voice, False
        case ast.Attribute(value=ast.Name(id=voice), attr="raw" | "later" as how):
            return voice, how == "later"
    return "", False


def _names(argument: ast.expr, scope: ast.AST, tables: Mapping[str, ast.expr]) -> Iterator[str]:
    """The names that an argument can be, as written: none of them is computed."""
    match argument:
        case ast.Constant(value=str(name)):
            yield name
        case ast.IfExp(body=body, orelse=other):
            yield from _names(body, scope, tables)
            yield from _names(other, scope, tables)
        case ast.Subscript(value=ast.Name(id=table)) if table in tables:
            for value in getattr(tables[table], "values", None) or getattr(
                tables[table], "elts", [argument]
            ):
                yield from _names(value, scope, {})
        case ast.Name(id=variable):
            values = [value for value in _assigned(variable, scope) if value is not argument]
            for value in values or [ast.Constant(value=None)]:
                yield from _names(value, scope, tables)
        case _:
            yield f"<computed: {ast.unparse(argument)}>"


def _assigned(variable: str, scope: ast.AST) -> Iterator[ast.expr]:
    """What a function puts into a variable; `x if … else variable` gives back what was there."""
    for node in ast.walk(scope):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name == variable:
                match value:
                    case ast.IfExp(body=body, orelse=ast.Name(id=same)) if same == variable:
                        yield body
                    case _:
                        yield value


def _spared(tree: ast.Module) -> Iterator[ast.AST]:
    """Errors, and functions that only pass words on: whoever calls these is looked at."""
    for node in ast.walk(tree):
        match node:
            case ast.Raise():
                yield node
            case ast.FunctionDef(name=name) if name in _WORDINGS:
                yield node


def _worded(call: ast.Call) -> Iterator[str | None]:
    """Words that a call takes for people; None for words that only a variable knows."""
    name = ast.unparse(call.func)
    arguments = call.args[:1] if name.startswith("RedactedText") else call.args
    if name in _WORDINGS:
        yield from (_literal(argument, known=name != "counted") for argument in arguments)
    elif name in _TOLD:
        yield from (_literal(argument, known=False) for argument in arguments)
    yield from (_literal(word.value, known=False) for word in call.keywords if word.arg in _TOLD_AS)


def _literal(argument: ast.expr, *, known: bool) -> str | None:
    match argument:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) for part in parts if isinstance(part, ast.Constant))
    return None if known else ""


def _limit(call: ast.Call) -> int:
    return _WORDINGS.get(ast.unparse(call.func), _SEVERAL)


def everything_said() -> list[Use]:
    return [use for module, tree in code().items() for use in uses_in(module, tree)]


def test_every_sentence_that_is_said_exists_with_these_slots() -> None:
    uses = everything_said()
    assert len(uses) > 400
    assert faults_of(uses, data()) == []


def test_every_sentence_that_exists_is_said() -> None:
    assert unsaid(everything_said(), data()) == []


def test_no_room_below_the_conversation_words_a_sentence_itself() -> None:
    inline = [
        sentence
        for module, tree in code().items()
        if not module.startswith(_CONVERSATION) and module != "core.text.redacted"
        for sentence in inline_sentences(module, tree)
    ]
    assert inline == []


def test_a_module_says_its_sentences_from_one_section_that_is_named_in_it() -> None:
    for module, tree in code().items():
        calls = [call for call in _calls(tree) if ast.unparse(call.func) == "sentences"]
        assert len(calls) == len(list(_sections(tree))) <= 1, module


def test_names_can_be_read_and_slots_are_plain() -> None:
    for section, names in data().items():
        for name, words in names.items():
            assert _NAME.fullmatch(name), (section, name)
            for _, slot, form, conversion in Formatter().parse(words):
                assert slot is None or (slot.isidentifier() and not form and not conversion), name


WEATHER = {"sky.weather": {"rain": "It rains", "wind": "Wind from {place}"}}
HEAD = 'say = sentences("sky.weather")\n'


def uses(text: str) -> list[Use]:
    return list(uses_in("core.sky", ast.parse(HEAD + text)))


@pytest.mark.parametrize(
    "source",
    [
        'say("snow")',
        'say("rain", place=here)',
        'say("wind")',
        'say("wind", place=here, at=now)',
        'say("wind", **values)',
        'say.raw("snow")',
        'X = {1: say.later("snow")}',
        'X = {1: say.later("wind")}',
        'def f():\n    return say("rain" if wet else "snow")',
        'def f():\n    words = "snow" if cold else "rain"\n    return say(words)',
        'N = ("rain", "snow")\ndef f():\n    return say(N[0])',
        "def f(words):\n    return say(words)",
        'say(f"ra{rest}")',
    ],
)
def test_a_name_or_a_slot_that_is_not_there_is_found(source: str) -> None:
    assert faults_of(uses(source), WEATHER)


@pytest.mark.parametrize(
    "source",
    [
        'say("rain")',
        'say("wind", place=here)',
        'say.raw("wind", place="Bath")',
        'X = {1: say.later("rain")}',
        'class C:\n    def f(self):\n        return say("rain" if wet else "rain")',
        'def f():\n    words = "rain"\n    return say(words)',
        'N = ("rain", "rain")\ndef f():\n    return say(N[0])',
    ],
)
def test_what_is_there_is_no_fault(source: str) -> None:
    assert uses(source)
    assert faults_of(uses(source), WEATHER) == []


def test_a_sentence_that_nobody_says_is_found() -> None:
    assert unsaid(uses('say("rain")'), WEATHER) == ["sky.weather wind"]
    assert unsaid(uses('say("rain")\nsay("wind", place=here)'), WEATHER) == []


@pytest.mark.parametrize(
    "text",
    [
        'RedactedText.format("seen {n} times", n=count)',
        'RedactedText.format("seen")',
        "RedactedText.format(words, n=count)",
        'RedactedText.join(" and at last ", parts)',
        'counted(n, "failed call", "failed calls")',
        'Likeness(0.9, "it parses as YAML")',
        'Poll(gone="it is gone")',
        'reading(1, problem=f"only {n} of them were read")',
    ],
)
def test_a_sentence_in_code_is_found(text: str) -> None:
    assert list(inline_sentences("core.sky", ast.parse(text)))


@pytest.mark.parametrize(
    "text",
    [
        'RedactedText.format("{n}. {cause}, {share} %", n=1)',
        'RedactedText.join(", or ", parts)',
        'RedactedText.at(moment, "%d %b %H:%M UTC")',
        'counted(n, "file", "files")',
        'raise Unreadable("it is cut off there", why="it is cut off")',
        'log.warning("nobody was told of it: %s", error)',
        're.compile("started listening on")',
        "def counted(n, words):\n    return RedactedText.format(words)",
    ],
)
def test_marks_units_nouns_and_errors_are_no_sentences(text: str) -> None:
    assert list(inline_sentences("core.sky", ast.parse(text))) == []
