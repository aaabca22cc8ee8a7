"""Detects prose, Markdown, and what builds, tests and other commands print while they run."""

from __future__ import annotations

import re

from core.evidence.detection.programs import statement_share, without_comments
from core.evidence.detection.sample import UNLIKE, Likeness, Sample, best
from core.text.sentences import sentences

say = sentences("evidence.detection")

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
# No part of a name: `so` of `pam_env.so` holds no sentence together.
_WORD = re.compile(r"(?<![\w./@-])[^\W\d_]+(?:['\u2019][^\W\d_]+)?(?![\w/@]|[.-]\w)")
_PROMPT = re.compile(r"^(?:\$ |[\w.-]{1,40}@[\w.-]{1,60}[:~\w/. -]{0,80}[$#] )\S")
_COMMENTED = re.compile(r"^\s*(?:#(?!#)|;)")
_NEARLY_ALL = 0.9
_FEW_WORDS = 4
_SMALL_SHARE = 0.28  # of the words of usual prose
_LOWEST = 0.2
_LEAST_TABLE = 0.3
_HIGHEST = 0.8
_PROSE_NAME = re.compile(r"txt|text|rst|adoc|asciidoc|org|tex|eml|note|notes")
_MAIL = re.compile(r"^(?:From|To|Subject|Date|Cc|Reply-To|Message-ID): \S")
_LEAST_MAIL = 3

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
# A listing printed by a command: names in capitals over columns that blanks separate.
_COLUMN_NAME = (
    r"[A-Z%(][A-Z0-9%()/_-]{0,40}(?:\([a-z]{1,12}\))?(?: [A-Z(][A-Z0-9%()/_-]{0,40}){0,3}"
)
_LISTING_HEADER = re.compile(rf"^{_COLUMN_NAME}(?: {{2,60}}{_COLUMN_NAME}){{1,40}} *$")
_WIDE_GAP = re.compile(r"\S {2,}\S")
# What other commands print for a person: `ls -l`, a table of a database.
_TABLE_LINE = re.compile(
    r"^[-bcdlps](?:[r-][w-][xsStT-]){3}[.+@]? +\d|^[+|]?-[-+|]{3,400}[+|-]$"
    r"|^\(\d{1,12} rows?(?: affected)?\)$|^\|(?: [^|]{0,200} \|){1,60}$"
)
_PLAN = re.compile(r"\((?:cost=\d+(?:\.\d+)?(?:\.\.| +rows=)|actual time=)\d")  # of a query
_QUOTE = re.compile(r"^> ?\S")
_MARKDOWN_NAME = re.compile(r"md|markdown|mdown|mkd|mdx")

_BUILD = re.compile(  # compilers, make, package managers, builders of images, CI
    r"^(?:\S{1,200}:\d{1,6}(?::\d{1,6})?: (?:fatal )?(?:error|warning|note): |make(?:\[\d+\])?: "
    r"|::(?:error|warning|group)|##\[\w+\]|\w\S{0,100} (?:error|warning) [A-Z]{1,4}\d{2,5}: "
    r"|\S{1,200}: [Ii]n (?:(?:member |static )?function|constructor) "
    r"|(?:error|warning)(?:\[\w{1,10}\])?: \S|\s{0,8}--> \S{1,200}:\d{1,6}:\d{1,6}$"
    r"|\s{1,8}\|(?:$| {1,200}[\^~])"
    r"|npm (?:ERR!|WARN|error|warn|notice) |> Task :\S|Step \d{1,3}/\d{1,3} : [A-Z]"
    r"|#\d{1,3} (?:\[|DONE |CACHED|ERROR|sha256:|\d{1,6}\.\d)"
    r"|\s{2,12}(?:Compiling|Finished|Downloading|Downloaded|Updating|Running|Fresh) \S+ \S)"
)
_TESTS = re.compile(  # pytest, unittest, go test, cargo test, jest, TAP, surefire, ctest, RSpec
    r"^(?:={3,120} \S.{0,120} ={3,120}$|(?:FAILED|PASSED|ERROR|XFAIL) \S{1,200}::\S"
    r"|\S{1,200}\.py (?:\.|F|E|s|x){1,200}\s{1,120}\[ {0,2}\d{1,3}%\]$|E {3,7}\S"
    r"|\S{1,200}::\S{1,200} (?:PASSED|FAILED|ERROR|SKIPPED)\b"
    r"|\s{0,12}(?:=== (?:RUN|PAUSE|CONT)|--- (?:PASS|FAIL|SKIP):) |(?:ok|FAIL) {0,2}\t\S{1,200}\t"
    r"|(?:PASS|FAIL)(?:$| \S{1,200}\.[jt]sx?\b)|test \S{1,200} \.\.\. (?:ok|FAILED|ignored)\b"
    r"|(?:Tests|Test Suites|Snapshots): {1,9}\d|(?:not )?ok \d{1,6}(?: |$)"
    r"|\[?(?:INFO|ERROR)?\]? ?Tests run: \d|(?:Ran|ran) \d{1,6} tests? in |\d{1,6} examples, \d"
    r"|\s{0,4}\d{1,5}/\d{1,5} Test +#\d)"
)
_ROLLOUT = re.compile(  # Ansible, Terraform, Helm, kubectl, git
    r"^(?:(?:PLAY|TASK|RUNNING HANDLER|PLAY RECAP)\b.{0,200}\*{3,200}$"
    r"|(?:ok|changed|fatal|skipping|failed|unreachable): \[[^\]]{1,100}\]"
    r"|\S{1,80} {1,60}: ok=\d{1,6} {1,9}changed=\d"
    r"|[\w.\[\]\"/-]{3,200}: (?:Creating|Modifying|Destroying|Refreshing|Reading|Still \w{1,20}"
    r"|(?:Creation|Modifications|Destruction|Read) complete)\b"
    r"|(?:Apply|Destroy) complete! |[\u2502\u2577\u2575](?: |$)"
    r"|[a-z.]{3,60}/[\w.-]{1,100} (?:created|configured|unchanged|deleted|patched|scaled)$"
    r"|remote: \S|To (?:https|ssh|git)\S{1,200}$| ! \[\w[\w ]{1,30}\])"
)
_COMPLAINT = re.compile(  # what a command prints when it fails
    r"^(?:(?:[\w./()-]{1,60}: ){1,3}(?:\(\d{1,3}\) )?(?:error|fatal|warning|cannot|can't|could not"
    r"|unable|failed|no such|permission denied|command not found|connection)\b"
    r"|[\dA-F]{6,20}:error:)",
    re.IGNORECASE,
)
_DIALOGUE = re.compile(r"^(?:[*<>] ?$|\* \S|[<>] [\w-]{1,60}[:/ ]|[{}] \[\d{1,9} bytes data\])")
_REQUEST = re.compile(r"^(?:> [A-Z]{3,8} \S{1,400} HTTP/|< HTTP/\d|\* +Trying \S)")
_STANZA = re.compile(  # the time line of records in stanzas, which empty lines separate
    r"^[A-Z][\w -]{1,30}: +\d{4}-\d\d-\d\d[T ]{1,3}\d\d:\d\d:\d\d"
)
_LEAST_RUN_LINES = 2  # lines
_LEAST_RUN, _SURE_RUN, _MOST_LINES = 0.12, 0.25, 0.6


def score_prose(sample: Sample) -> Likeness:
    """Score text as words of a person in sentences; any readable text scores at least a little."""
    uncommented = without_comments(sample)
    if len(uncommented.lines) == len(sample.lines) and sample.share(_COMMENTED) > _NEARLY_ALL:
        return Likeness(_LOWEST, say.raw("only_comments"))
    score = _LOWEST + (_HIGHEST - _LOWEST) * min(1.0, wordiness(uncommented) / _SMALL_SHARE)
    score -= 0.5 * uncommented.repetition**2
    mail_headers = sum(map(bool, map(_MAIL.match, sample.lines[:30])))
    if mail_headers >= _LEAST_MAIL:
        score = max(score, 0.85)
    if any(map(_PROMPT.match, sample.lines[:10])) and sample.share(_PROMPT) < _NEARLY_ALL:
        score = max(score, 0.6)
    if any(map(_DIRECTIVE.match, sample.lines)):
        score = max(score, 0.85)
    if (
        sample.lines
        and _LISTING_HEADER.match(sample.lines[0])
        and sample.share(_WIDE_GAP) > _NEARLY_ALL
    ):
        score = max(score, 0.8)
    if sample.share(_TABLE_LINE) > _LEAST_TABLE or any(map(_PLAN.search, sample.lines[:4])):
        score = max(score, 0.82)
    if _PROSE_NAME.fullmatch(sample.suffix):
        score += 0.1
    return Likeness(min(0.9, score), say.raw("human_words"))


def wordiness(sample: Sample) -> float:
    """Return the share of small words in lines of words, weighted by how many lines are such."""
    small = words = wordy_lines = 0
    for line in sample.lines:
        line_words = _WORD.findall(line)
        if len(line_words) < _FEW_WORDS or len("".join(line_words)) < 0.5 * len(line):
            continue
        wordy_lines += 1
        words += len(line_words)
        small += sum(word.lower() in _SMALL_WORDS for word in line_words)
    if not words:
        return 0.0
    return small / words * min(1.0, 1.5 * wordy_lines / len(sample.lines))


def score_markdown(sample: Sample) -> Likeness:
    """Score Markdown by several kinds of marks; headings alone may be the comments of a script."""
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
    score = _marks_score(marks, text, headings) * max(0.0, 1 - 2.5 * statement_share(text))
    if _MARKDOWN_NAME.fullmatch(sample.suffix):
        score = max(0.5, score) + 0.3
    return Likeness(min(0.95, score), say.raw("markdown"))


def score_command_output(sample: Sample) -> Likeness:
    """Score the output of a build, a test run, a roll-out or another command."""
    return best(
        _run_likeness(sample, _BUILD, say.raw("build")),
        _run_likeness(sample, _TESTS, say.raw("tests")),
        _run_likeness(sample, _ROLLOUT, say.raw("rollout")),
        Likeness(0.9 * (sample.share(_COMPLAINT) > _MOST_LINES), say.raw("command_failed")),
        Likeness(
            0.9 * (sample.any(_REQUEST) and sample.share(_DIALOGUE) > _MOST_LINES / 2),
            say.raw("request"),
        ),
        _run_likeness(sample, _STANZA, say.raw("records_tell_time")),
    )


def _fenced(sample: Sample) -> tuple[int, list[str]]:
    """Return how many lines are within code fences, and the lines that are not."""
    inside, outside, is_open = 0, [], False
    for line in sample.lines:
        if _FENCE.match(line):
            is_open = not is_open
        elif is_open:
            inside += 1
        else:
            outside.append(line)
    return inside, outside


def _marks_score(kinds: set[str], text: Sample, headings: int) -> float:
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


def _run_likeness(sample: Sample, pattern: re.Pattern[str], reason: str) -> Likeness:
    count = sum(map(bool, map(pattern.match, sample.lines)))
    share = count / max(1, len(sample.lines))
    if count < _LEAST_RUN_LINES or share < _LEAST_RUN:
        return UNLIKE
    return Likeness(0.92 if share > _SURE_RUN else 0.7, reason)
