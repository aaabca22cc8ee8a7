"""Detects settings in blocks: in braces, set by arrows, of HCL and of Apache."""

from __future__ import annotations

import re

from core.evidence.detection.directives import CALLED, DIRECTIVE, EQUAL, is_setting
from core.evidence.detection.sample import UNLIKE, Likeness, Sample, best
from core.text.sentences import sentences

say = sentences("evidence.detection")

_NAME = r"[\w.:/*@$%\"'~^+-]{1,100}"
_BLOCK_LINE = re.compile(
    rf"^\s*(?:{_NAME}(?:\s[^;{{}}]{{0,300}})?[;{{]|\{{|\}};?|\}} ?else ?\{{"
    r"|[\w.-]{1,60} \{(?: [^;{}]{1,60};){1,20} \};?)\s*(?:(?:#|//).*)?$"
)
_BARE_BLOCK_LINE = re.compile(  # without semicolons: Caddy, keepalived, logrotate
    r"^(?:\s*(?:[\w.*:/@%-]{1,200},? ){0,6}\{|\s*\}"
    r"|\s+[\w.-]{1,60}(?: [^;(){}=,:]{1,80}(?::\d[^;(){}=,]{0,80})?)?)\s*$"
)
_APACHE = re.compile(r"^\s*</?[A-Z]\w{2,40}(?: [^<>]{0,200})?>\s*$")
_HCL = re.compile(
    r"^\s*(?:resource|data|variable|provider|module|output|locals|terraform|backend|job|group|task"
    r"|source|build|dynamic|lifecycle|provisioner)\b(?: +\"[^\"]{0,100}\"){0,2} *\{\s*$"
)
_PIPELINE = re.compile(  # of Logstash, and formats like it: arrows set names to values
    r"^\s*(?:[\w-]{1,60} ?\{|[\w\"'-]{1,60} ?=> ?.{0,300}[^,;]|[\w-]{1,60} ?\{ .{0,300} \}"
    r"|(?:else )?if .{1,200}\{|[}\]]|\} ?else (?:if .{1,200})?\{)\s*$"
)
_ARROW = re.compile(r"\w[\"']? ?=> ?[\[{\"'\w]")
_TYPED = re.compile(  # declarations of programs have blocks too
    r"^\s*(?:struct|enum|union|class|interface|type|func|fun|fn|def|proc|sub|trait|impl|package|import|module"
    r"|message|int|char|void|bool|float|double|long|short|string|unsigned|const|static|public"
    r"|private|typedef|using|namespace|return|case|for|while|switch|do|try|var|let|val)\b"
    r".{0,400}\{\s*$"
)

_LITERAL = (
    r"(?:\"[^\"]{0,200}\"|'[^']{0,200}'|[\w./:@%*+~$-]{1,100}|\[[^\[\]]{0,300}\]|\{[^{}]{0,300}\})"
)
_ASSIGNED_LINE = re.compile(  # names set to literals, in braces: libconfig, HOCON, LVM, Lua
    rf"^\s*(?:{_NAME}(?: {_LITERAL}){{0,3}}\s*[=:]?\s*[\[{{(]|[\]}})]{{1,3}}[;,]?"
    rf"|{_NAME}\s*=\s*{_LITERAL}(?:,? {_LITERAL}){{0,12}};?|{_LITERAL}[,;]?"
    rf"|{_NAME} {_LITERAL};?)\s*(?:(?:#|//|--|;).*)?$"
)
_EXPORTED = re.compile(r"^\s*(?:module\.exports|exports\.|export default|window\.|local |self\.)")
_SCRIPT_OPENS = re.compile(r"^\s*(?:(?:pre|post)rotate|(?:first|last)action|preremove)\s*$")
_SCRIPT_ENDS = re.compile(r"^\s*endscript\s*$")
_ALONE = re.compile(rf"^\s*{_NAME}\s*$")
_NEARLY_ALL_BLOCKS = 0.95
_STYLED = re.compile(r"^\s*(?:color|margin|padding|display|font-size|background)\s*:.{1,80};")
_COMPUTED = re.compile(r"[-+*/]=|\$\d\b|\+\+|\bprint(?:ln|f)?\b|:=")
_ONE_LINE = re.compile(  # of syslog-ng, and formats like it
    r"^\s*(?!struct|enum|union|class|interface|type|func?|def|trait|impl|for|while|if|else|try|do)"
    r"[\w-]{1,40}(?: [\w.\"-]{1,60})? \{ .{1,400} \};?$"
)
_TAGGED = re.compile(r"^\s*</?[A-Za-z]\w{1,40}(?: [^<>=]{0,200})?>\s*$")
_FEW, _SOME, _HALF, _MOST = 0.2, 0.3, 0.5, 0.8
_LEAST_SECTIONS = 0.08  # of the lines; those of Apache may be long
_LEAST_ASSIGNED = 3  # lines


def score_blocks(text: Sample) -> Likeness:
    """Score configuration in blocks: braces, arrows as in Logstash, HCL or Apache.

    text: the sample without comments.
    """
    text = _without_scripts(text)
    opened = 0.0 if text.any(_COMPUTED) else text.share(_ONE_LINE)
    has_both = any("{" in line for line in text.lines) and any("}" in line for line in text.lines)
    return best(
        _braced(text) if has_both else UNLIKE,
        Likeness(
            0.95 * text.share(_PIPELINE) if text.any(_ARROW) and has_both else 0.0,
            say.raw("blocks_set_by_arrows"),
        ),
        _hcl(text),
        Likeness(0.88 * (opened > _HALF), say.raw("blocks")),
        _apache(text),
    )


def _without_scripts(text: Sample) -> Sample:
    """The sample without the commands that logrotate runs before and after."""
    kept, is_script = [], False
    for line in text.lines:
        is_script = not _SCRIPT_ENDS.match(line) if is_script else bool(_SCRIPT_OPENS.match(line))
        if not is_script and not _SCRIPT_ENDS.match(line):
            kept.append(line)
    return Sample(kept, text.name)


def _apache(text: Sample) -> Likeness:
    sections = text.share(_APACHE)
    settings = text.counted(lambda line: is_setting(line) and not _TAGGED.match(line))
    is_tagged = settings > _SOME and settings + text.share(_TAGGED) > _NEARLY_ALL_BLOCKS
    if is_tagged and text.share(_TAGGED) > _FEW:  # of Fluentd
        return Likeness(0.88, say.raw("apache"))
    is_short = sections > _FEW and text.share(DIRECTIVE) > _SOME
    is_long = sections > _LEAST_SECTIONS and text.counted(is_setting) > _MOST
    return Likeness(0.88 if is_short or is_long else 0.0, say.raw("apache"))


def _assigned(text: Sample) -> Likeness:
    """Score names set to literals in braces; a program would call or compute something."""
    if text.any(_TYPED) or text.any(_EXPORTED):
        return UNLIKE
    share = text.counted(lambda line: bool(_ASSIGNED_LINE.match(line)) and not CALLED.search(line))
    assigned = sum(map(bool, map(EQUAL.match, text.lines)))
    return Likeness(0.93 * share**2 if assigned >= _LEAST_ASSIGNED else 0.0, say.raw("blocks"))


def _braced(text: Sample) -> Likeness:
    """Score directives that end in semicolons or lines, some with others in braces."""
    if text.share(EQUAL) >= _FEW:
        return _assigned(text)
    if text.any(_STYLED):
        return UNLIKE
    opened = {index for index, line in enumerate(text.lines[1:]) if line.strip() == "{"}
    block_share = sum(
        not CALLED.search(line)
        and bool(_BLOCK_LINE.match(line) or (index in opened and _ALONE.match(line)))
        for index, line in enumerate(text.lines)
    ) / len(text.lines)
    if text.any(_TYPED):
        return Likeness(0.5 * block_share, say.raw("blocks"))
    settings = text.counted(is_setting)
    is_all = max(block_share, text.share(_BARE_BLOCK_LINE)) >= _NEARLY_ALL_BLOCKS
    if settings >= _NEARLY_ALL_BLOCKS and not is_all and not text.any(_COMPUTED):
        return Likeness(max(0.88, 0.93 * block_share), say.raw("directive_blocks"))
    return Likeness(0.96 if is_all else 0.93 * block_share, say.raw("directive_blocks"))


def _hcl(text: Sample) -> Likeness:
    if not text.any(_HCL):
        return UNLIKE
    share = text.counted(
        lambda line: bool(_HCL.match(line) or EQUAL.match(line) or line.strip() == "}")
    )
    return Likeness(0.9 * min(1.0, 1.3 * share), say.raw("hcl"))
