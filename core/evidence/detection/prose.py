"""Did a person write this, and is it Markdown? By its words, and by the marks between them."""

from __future__ import annotations

import re

from core.evidence.detection.comments import without_comments
from core.evidence.detection.programs import statements
from core.evidence.detection.sample import UNLIKE, Likeness, Sample, best

# Words that hold sentences together and are rare in logs, settings and programs.
_SMALL_WORDS = frozenset(
    """
    the of and to in is was were are be been has have had this that these those it we you they
    he she our your their my me us with from by on at as for if then than when what which who
    how why not no but so because about after before again also there here can could should
    would will may might must do does did just only still now a an or into out up der die das
    und ist nicht ein eine zu mit von auf wir ich sie es den dem im war hat auch wie le la les
    des un une et est pas que qui dans pour sur nous vous ne ce il elle avec au aux el los las
    y en por con para una es se lo del al como más pero
    """.split()  # noqa: SIM905 - a list of them would be longer than the module
)
_WORD = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)?")
_SENTENCE = re.compile(r"[^\W\d_]{2,}[^\w\s]{0,2} [^\W\d_]{2,}.{0,400}[.!?:\u2026)\"\u201d]$")
_PROMPT = re.compile(r"^(?:\$ |[\w.-]{1,40}@[\w.-]{1,60}[:~\w/. -]{0,80}[$#] )\S")
_COMMENTED = re.compile(r"^\s*(?:#(?!#)|;)")
_NEARLY_ALL = 0.9
_FEW_WORDS = 4
_SMALL_SHARE = 0.28  # of the words of usual prose
_GUESS = 0.2
_MANY = 0.3
_MOST = 0.8
_PROSE_NAME = re.compile(r"txt|text|rst|adoc|asciidoc|org|tex|eml|note|notes")
_MAIL = re.compile(r"^(?:From|To|Subject|Date|Cc|Reply-To|Message-ID): \S")
_LEAST_MAIL = 3
_SAID = re.compile(r"^(?:\[?\d{1,2}:\d\d(?::\d\d)?(?: ?[AP]M)?\]?[ ,-]+)?[<@]?[\w. -]{2,30}[>:] \S")

_HEADING = re.compile(r"^#{1,6} +\S")
_UNDERLINED = re.compile(r"^(?:={3,}|-{3,})\s*$")
_FENCE = re.compile(r"^ {0,3}(?:```+|~~~+)[\w+ .{}-]*$")
_LINK = re.compile(
    r"!?\[[^\]\[]{1,200}\]\((?:https?://|[\w./#-])[^\s()]{0,300}(?: \"[^\"]{0,99}\")?\)"
)
_REFERENCE = re.compile(r"^\[[^\]\[]{1,100}\]: +\S")
_BULLET = re.compile(r"^\s{0,8}(?:[-*+]|\d{1,3}[.)]) +(?:\[[ xX]\] )?\S")
_TASK = re.compile(r"^\s{0,8}(?:[-*+]|\d{1,3}[.)]) +\[[ xX]\] \S")
_TABLE = re.compile(r"^\s*+\|?(?:\s*+:?-{3,}+:?\s*+\|)++(?:\s*+:?-{3,}+:?\s*+)?$")
_EMPHASIS = re.compile(r"(?<![\w*])(\*\*|__)[^*_\s](?:[^*_\n]{0,200}[^*_\s])?\1(?![\w*])")
_CODE = re.compile(r"(?<!`)`[^`\n]{1,200}`(?!`)")
# Directives and code of reStructuredText, titles of AsciiDoc, of POD.
_OTHER_MARKUP = re.compile(
    r"^\.\. (?:[\w-]{1,40}::|_[\w -]{1,80}:)|``[^`\n]{1,200}``\S?|^={1,5} \S|^=head\d "
)
_DIRECTIVE = re.compile(r"^\.\. [\w-]{1,40}:: ?")  # of reStructuredText
# What a command listed for a person: names in capitals over columns that blanks keep apart.
_NAME_OF_COLUMN = (
    r"[A-Z%(][A-Z0-9%()/_-]{0,40}(?:\([a-z]{1,12}\))?(?: [A-Z(][A-Z0-9%()/_-]{0,40}){0,3}"
)
_LISTED = re.compile(rf"^{_NAME_OF_COLUMN}(?: {{2,60}}{_NAME_OF_COLUMN}){{1,40}} *$")
_SPACED = re.compile(r"\S {2,}\S")
# What other commands print for a person: `ls -l`, a table of a database.
_PRINTED = re.compile(
    r"^[-bcdlps](?:[r-][w-][xsStT-]){3}[.+@]? +\d|^[+|]?-[-+|]{3,400}[+|-]$"
    r"|^\(\d{1,12} rows?(?: affected)?\)$|^\|(?: [^|]{0,200} \|){1,60}$"
)
_PLAN = re.compile(r"\((?:cost=\d+(?:\.\d+)?(?:\.\.| +rows=)|actual time=)\d")  # of a query
_QUOTE = re.compile(r"^> ?\S")
_MARKDOWN_NAME = re.compile(r"md|markdown|mdown|mkd|mdx")


def prose(sample: Sample) -> Likeness:
    """Words of a person, in sentences; anything that can be read is that at least a little."""
    bare = without_comments(sample)
    if len(bare.lines) == len(sample.lines) and sample.share(_COMMENTED) > _NEARLY_ALL:
        return Likeness(_GUESS, "it has nothing but comments")
    score = _GUESS + (_MOST - _GUESS) * min(1.0, wordiness(bare) / _SMALL_SHARE)
    score -= 0.5 * bare.repetition**2
    mails = sum(map(bool, map(_MAIL.match, sample.lines[:30])))
    if mails >= _LEAST_MAIL:
        score = max(score, 0.85)
    if any(map(_PROMPT.match, sample.lines[:10])) and sample.share(_PROMPT) < _NEARLY_ALL:
        score = max(score, 0.6)
    if any(map(_DIRECTIVE.match, sample.lines)):
        score = max(score, 0.85)
    if sample.lines and _LISTED.match(sample.lines[0]) and sample.share(_SPACED) > _NEARLY_ALL:
        score = max(score, 0.8)
    if sample.share(_PRINTED) > _MANY or any(map(_PLAN.search, sample.lines[:4])):
        score = max(score, 0.82)
    if _PROSE_NAME.fullmatch(sample.suffix):
        score += 0.1
    return Likeness(min(0.9, score), "it has the words of a person")


def wordiness(sample: Sample) -> float:
    """The share of small words among the words of lines that have some, weighed by such lines."""
    small = words = full = 0
    for line in sample.lines:
        found = _WORD.findall(line)
        if len(found) < _FEW_WORDS or len("".join(found)) < 0.5 * len(line):
            continue
        full += 1
        words += len(found)
        small += sum(word.lower() in _SMALL_WORDS for word in found)
    if not words:
        return 0.0
    return small / words * min(1.0, 1.5 * full / len(sample.lines))


def markdown(sample: Sample) -> Likeness:
    """Marks of several kinds around words; headings alone may be the comments of a script."""
    inside, outside = _fenced(sample)
    text = Sample(outside, sample.name)
    headings = sum(map(bool, map(_HEADING.match, outside)))
    kinds = {
        "headings": headings > 0,
        "fences": inside > 0,
        "links": text.any(_LINK) or text.any(_REFERENCE),
        "tables": text.any(_TABLE),
        "tasks": text.any(_TASK),
        "emphasis": text.any(_EMPHASIS),
        "code": text.any(_CODE),
        "lists": text.share(_BULLET) > 0,
        "quotes": text.any(_QUOTE),
        "underlined": any(map(_UNDERLINED.match, outside[1:])),
    }
    marks = {kind for kind, is_there in kinds.items() if is_there}
    if text.any(_OTHER_MARKUP):
        return UNLIKE
    score = _marked(marks, text, headings) * max(0.0, 1 - 2.5 * statements(text))
    if _MARKDOWN_NAME.fullmatch(sample.suffix):
        score = max(0.5, score) + 0.3
    return Likeness(min(0.95, score), "it has the marks of Markdown")


def _fenced(sample: Sample) -> tuple[int, list[str]]:
    """How many lines are within fences, and those that are not."""
    inside, outside, is_open = 0, [], False
    for line in sample.lines:
        if _FENCE.match(line):
            is_open = not is_open
        elif is_open:
            inside += 1
        else:
            outside.append(line)
    return inside, outside


def _marked(kinds: set[str], text: Sample, headings: int) -> float:
    if not text.lines:
        return 0.0
    strong = kinds & {"headings", "fences", "links", "tables", "tasks"}
    if not strong or len(kinds) < 2:  # noqa: PLR2004 - one kind of mark means other things too
        return 0.0
    plain = text.without(_HEADING)
    flow = best(
        Likeness(min(1.0, wordiness(plain) / (0.6 * _SMALL_SHARE))),
        Likeness(text.share(_BULLET)),
        Likeness(text.share(_LINK) + text.share(_CODE)),
    ).score
    marks = 0.75 + 0.08 * len(strong) + 0.04 * len(kinds - strong)
    if headings > 0.5 * len(text.lines):  # commented settings look like that
        marks -= 0.2
    return marks * min(1.0, 0.4 + 0.8 * flow)
