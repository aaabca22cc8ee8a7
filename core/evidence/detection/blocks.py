"""Does this set something up in blocks? As nginx, named, Caddy, Logstash, Terraform have them."""

from __future__ import annotations

import re

from core.evidence.detection.sample import UNLIKE, Likeness, Sample, best

EQUAL = re.compile(r"^\s*(?:export +|set +)?[\w.\"'/@*-]{1,120}\s*\??\+?=\s*(?!=).{0,400}$")
CALLED = re.compile(r"\w\(.{0,300}\)|=>|==|\breturn\b")
DIRECTIVE = re.compile(r"^\s*[A-Za-z][\w.-]{1,60}(?:\s+[^\s.!?][^.!?]{0,200}|\s+\S{1,200}){0,1}$")
_ROOMS = re.compile(
    r"^\s*(?:[\w.-]{1,60}(?: [^;{}]{0,300})?[;{]|\};?|\} ?else ?\{"
    r"|[\w.-]{1,60} \{(?: [^;{}]{1,60};){1,20} \};?)\s*(?:#.*)?$"
)
_BARE = re.compile(  # without semicolons: Caddy, keepalived, logrotate
    r"^(?:\s*(?:[\w.*:/@%-]{1,200},? ){0,6}\{|\s*\}"
    r"|\s+[\w.-]{1,60}(?: [^;(){}=,:]{1,80}(?::\d[^;(){}=,]{0,80})?)?)\s*$"
)
_APACHE = re.compile(r"^\s*</?[A-Z]\w{2,40}(?: [^<>]{0,200})?>\s*$")
_HCL = re.compile(
    r"^\s*(?:resource|data|variable|provider|module|output|locals|terraform|backend|job|group|task"
    r"|source|build|dynamic|lifecycle|provisioner)\b(?: +\"[^\"]{0,100}\"){0,2} *\{\s*$"
)
_PIPELINE = re.compile(  # of Logstash, and what is written like it: names that arrows set
    r"^\s*(?:[\w-]{1,60} ?\{|[\w\"'-]{1,60} ?=> ?.{0,300}[^,;]|[\w-]{1,60} ?\{ .{0,300} \}"
    r"|(?:else )?if .{1,200}\{|[}\]]|\} ?else (?:if .{1,200})?\{)\s*$"
)
_ARROW = re.compile(r"\w[\"']? ?=> ?[\[{\"'\w]")
_TYPED = re.compile(  # declarations of programs have blocks too
    r"^\s*(?:struct|enum|union|class|interface|type|func|fun|fn|def|trait|impl|package|import|module"
    r"|message|int|char|void|bool|float|double|long|short|string|unsigned|const|static|public"
    r"|private|typedef|using|namespace|return|case|for|while|switch|do|try|var|let|val)\b"
    r".{0,400}\{\s*$"
)
_HARDLY = 0.2
_SOME = 0.3
_NEARLY_ALL = 0.95


def blocks(text: Sample) -> Likeness:
    """text: without comments."""
    has_both = any("{" in line for line in text.lines) and any("}" in line for line in text.lines)
    return best(
        _braced(text) if has_both else UNLIKE,
        Likeness(
            0.95 * text.share(_PIPELINE) if text.any(_ARROW) and has_both else 0.0,
            "it has blocks that arrows set",
        ),
        _hcl(text),
        Likeness(
            0.85 if text.share(_APACHE) > _HARDLY and text.share(DIRECTIVE) > _SOME else 0.0,
            "it has directives of Apache",
        ),
    )


def _braced(text: Sample) -> Likeness:
    """Directives that end in semicolons or lines, some of them with others in braces."""
    if text.share(EQUAL) >= _HARDLY:
        return UNLIKE
    rooms = text.counted(lambda line: bool(_ROOMS.match(line)) and not CALLED.search(line))
    if text.any(_TYPED):
        return Likeness(0.5 * rooms, "it has blocks")
    is_all = max(rooms, text.share(_BARE)) >= _NEARLY_ALL
    return Likeness(0.96 if is_all else 0.93 * rooms, "it has blocks of directives")


def _hcl(text: Sample) -> Likeness:
    if not text.any(_HCL):
        return UNLIKE
    share = text.counted(
        lambda line: bool(_HCL.match(line) or EQUAL.match(line) or line.strip() == "}")
    )
    return Likeness(0.9 * min(1.0, 1.3 * share), "it is written in HCL")
