"""Print the regular expressions of our rooms that do not end on a text that repeats.

Run by itself, so that it sees each expression as it is compiled. From each expression texts are
drawn that it matches; a piece of one is repeated and an unfitting end put behind it. An engine that
tries every way to divide the repetition needs longer than anybody waits.
"""

from __future__ import annotations

import importlib
import pkgutil
import random
import re
import signal
import sys
import warnings
from typing import TYPE_CHECKING, Any

from tests.house.import_everything import may_be_imported

if TYPE_CHECKING:
    from collections.abc import Iterator

# The parts of an expression: modules without types.
codes: Any = importlib.import_module("re._constants")
parser: Any = importlib.import_module("re._parser")
_REPEATED = 28  # two ways to divide each are 2 ** 28 tries
_ENDLESS = 0.5  # seconds; one that does not divide needs a thousandth of a thousandth of that
_SAMPLES, _PUMPS = 8, 10  # of an expression; of a sample
_LONGEST = 60  # repetitions that are drawn
_LETTERS = "aAzZ059_-.:/ =\"'@,;é(["
_OF_CATEGORY = {
    codes.CATEGORY_DIGIT: "0179",
    codes.CATEGORY_SPACE: " \t",
    codes.CATEGORY_WORD: "aZ_0b",
    codes.CATEGORY_NOT_DIGIT: "aA-. ",
    codes.CATEGORY_NOT_SPACE: "aA0-.=:",
    codes.CATEGORY_NOT_WORD: " -.:=",
}


class Endless(BaseException):
    """The expression was given its time."""


def compiled_by(rooms: list[str]) -> dict[tuple[str, int], str]:
    """The expressions that modules of the rooms compile as they are loaded: pattern and flags."""
    modules: dict[tuple[str, int], str] = {}
    original = re.compile

    def recording(pattern: Any, flags: Any = 0) -> re.Pattern[Any]:
        module = sys._getframe(1).f_globals.get("__name__", "")
        if isinstance(pattern, str) and module.partition(".")[0] in rooms:
            modules.setdefault((pattern, int(flags)), module)
        return original(pattern, flags)

    re.compile = recording
    for room in rooms:
        package = importlib.import_module(room)
        for module in pkgutil.walk_packages(package.__path__, f"{room}."):
            if may_be_imported(module.name):
                importlib.import_module(module.name)
    re.compile = original
    return modules


def draw(tree: Any, chance: random.Random) -> str:
    """A text that the parsed expression matches, but for what it looks ahead or back at."""
    return "".join(_drawn(code, value, chance) for code, value in tree)


def _drawn(code: Any, value: Any, chance: random.Random) -> str:
    match code:
        case codes.LITERAL:
            return chr(value)
        case codes.NOT_LITERAL:
            return chance.choice([letter for letter in _LETTERS if ord(letter) != value])
        case codes.ANY:
            return chance.choice(_LETTERS)
        case codes.IN:
            return _one_of(value, chance)
        case codes.BRANCH:
            return draw(chance.choice(value[1]), chance)
    return _nested(code, value, chance)


def _nested(code: Any, value: Any, chance: random.Random) -> str:
    match code:
        case codes.MAX_REPEAT | codes.MIN_REPEAT | codes.POSSESSIVE_REPEAT:
            least, most, part = value
            times = min(int(most), least + chance.choice([0, 1, 1, 2, 3]), _LONGEST)
            return "".join(draw(part, chance) for _ in range(times))
        case codes.SUBPATTERN:
            return draw(value[3], chance)
        case codes.ATOMIC_GROUP:
            return draw(value, chance)
    return ""


def _one_of(choices: list[tuple[Any, Any]], chance: random.Random) -> str:
    letters: list[str] = []
    for code, value in choices:
        match code:
            case codes.LITERAL:
                letters.append(chr(value))
            case codes.RANGE:
                letters.append(chr(chance.randint(*value)))
            case codes.CATEGORY:
                letters += _OF_CATEGORY[value]
    if choices[0][0] is codes.NEGATE:
        return chance.choice([letter for letter in _LETTERS if letter not in letters] or ["é"])
    return chance.choice(letters)


def pumped(sample: str, chance: random.Random) -> Iterator[tuple[str, str]]:
    """Pieces of the sample, each with two texts that repeat it and then end otherwise."""
    start = chance.randrange(len(sample))
    end = min(len(sample), start + chance.choice([1, 1, 2, 3, 5, 8]))
    piece = sample[start:end]
    for ending in ("\x01", sample[end:] + "\x01"):
        yield piece, sample[:start] + piece * _REPEATED + ending


def ends_on(expression: re.Pattern[str], text: str) -> bool:
    signal.setitimer(signal.ITIMER_REAL, _ENDLESS)
    try:
        expression.fullmatch(text)
        expression.search(text)
    except Endless:
        return False
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
    return True


def endless_piece(pattern: str, flags: int, chance: random.Random) -> str | None:
    """What has to be repeated for the expression not to end; None: nothing that was tried."""
    expression, tree = re.compile(pattern, flags), parser.parse(pattern, flags)
    for _ in range(_SAMPLES):
        if not (sample := draw(tree, chance)):
            continue
        for _ in range(_PUMPS):
            for piece, text in pumped(sample, chance):
                if not ends_on(expression, text):
                    return piece
    return None


def _give_up(*_: object) -> None:
    raise Endless


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, _give_up)
    chance = random.Random(int(sys.argv[1]))  # noqa: S311 - tries, no secrets
    for (each, its_flags), its_module in compiled_by(sys.argv[2:]).items():
        if (repeated := endless_piece(each, its_flags, chance)) is not None:
            sys.stdout.write(f"{its_module}: {each!r} does not end on many of {repeated!r}\n")
    sys.stdout.write("done\n")
