"""Detects programs in languages whose statements look like no others': of the old and the rare.

A language is told by several lines that begin as only its lines do.
"""

from __future__ import annotations

import re

from core.evidence.detection.sample import UNLIKE, Likeness, Sample
from core.text.sentences import sentences

say = sentences("evidence.detection")

_STATEMENTS = tuple(
    re.compile(rf"^\s*(?:{'|'.join(begins)})", flags)
    for flags, begins in (
        (re.IGNORECASE, (  # Fortran
            r"(?:program|subroutine|module|recursive function) \w+", r"implicit none$",
            r"end ?(?:program|subroutine|module|do|if|function)\b", r"do \w+ ?= ?\w+ ?,",
            r"(?:integer|real|double precision|character|logical|complex|type)\b.{0,80}::",
            r"call \w+ ?\(", r"(?:print ?\*|write ?\(|read ?\()", r"use \w+$", r"contains$",
        )),
        (re.IGNORECASE, (  # COBOL, which may number its lines
            r"(?:\d{6} )?\s*(?:(?:identification|environment|data|procedure) division\b"
            r"|program-id\.|[\w-]+ section\.$|\d\d +[\w-]+(?: +pic\b.*)?\.$"
            r"|(?:move|display|perform|add|compute|open|close|accept|stop|end-\w+)\b.{0,80}\.?$)",
        )),
        (re.IGNORECASE, (  # Pascal, Ada, VHDL, PL/SQL
            r"(?:program|unit|uses|library) [\w, .]+;$", r"(?:with|use) [\w.]+;$",
            r"(?:procedure|function) \w+.{0,120}(?:;|is|\))$", r"(?:begin|declare|var|loop|is)$",
            r"end\b[\w ]{0,40}[;.]$", r"\w+ ?:= ?.{1,200};$", r"[\w, ]{1,80} ?: ?\w[\w ]*;$",
            r"(?:package|entity|type) .{1,60} is$", r"(?:if|elsif) .{1,200} then$",
            r"architecture \w+ of \w+ is$", r"signal \w+ ?:", r"(?:writeln|put_line)\b",
            r"(?:for|while) .{1,200} (?:do|loop)$", r"\w+ ?<= ?.{1,100};$",
        )),
        (0, (  # Verilog
            r"module \w+ ?[#(;]", r"end(?:module|case|function|task)?$", r"always(?:_\w+)? ?@",
            r"(?:input|output|inout) (?:wire|reg|logic|\[)", r"(?:wire|reg|logic)\b.{0,80};$",
            r"assign \w+.{0,100};$", r"initial begin$", r"\w+ ?<= ?.{1,100};$",
        )),
        (0, (  # Lisp, Scheme, Clojure
            r"\((?:def\w*|let\*?|ns|lambda|setq|cond|in-package|require|provide|use-package|module)\b",
            r"\([\w?!*<>=/+-]+ .*\)$", r"\(:(?:require|import|use)\b",
        )),
        (0, (r"[a-z]\w*\(.{0,200}\)(?: ?:-|\.)$", r":- \w+.{0,100}\.$", r"\w+\(.{0,200}\)[,.]$")),
        (0, (  # OCaml, F#, Standard ML, Elm
            r"let (?:rec |mutable |\(?\w+\)? ?,)?.{1,120}=", r"open [A-Z][\w.]*$",
            r"\| .{1,120} ->",
            r"(?:module|type) \w+.{0,60} =$", r"match .{1,100} with$", r"in$|fun .{1,80} ->",
        )),
        (0, (  # Visual Basic
            r"(?:(?:Public|Private|Friend|Shared) ){0,2}(?:Sub|Function|Class|Module) \w+",
            r"End (?:Sub|Function|If|Class|Module|With|Select)$", r"Dim \w+", r"Imports [\w.]+$",
            r"If .{1,200} Then$", r"(?:Next|Loop|Wend|Else)\b(?: \w+)?$", r"For (?:Each )?\w+ ",
            r"Option Explicit", r"Set \w+ = .{1,100}$",
        )),
        (0, (r"[\w.]{1,60} <- .{1,200}", r"(?:library|require)\(\w+\)$", r"\}$")),  # R
        (0, (  # Tcl
            r"proc [\w:]+ \{", r"set \w+ [\[$\"{]", r"puts ", r"foreach \w+ ", r"\}$",
            r"(?:if|while) \{.{1,200}\} \{$", r"package require \w+", r"namespace eval \w+",
        )),
        (re.IGNORECASE, (  # batch files of Windows
            r"@echo off", r"setlocal\b", r"set (?:/\w )?\"?\w+=", r"goto :?\w+", r":\w+$",
            r"echo\b",
            r"if (?:not )?(?:exist|errorlevel|defined|\"?%)", r"(?:call|exit|rem|endlocal)\b",
        )),
        (0, (  # Solidity, Thrift, GraphQL: what describes contracts and services
            r"pragma solidity\b", r"(?:contract|struct|service|union|exception) \w+ ?\{$",
            r"\d{1,4}: ?(?:required |optional )?[\w<>, ]+ \w+[,;]$", r"\}$",
            r"(?:type|input|interface|enum|schema|query|mutation|extend type)\b[\w ]{0,60}\{$",
            r"\w+(?:\(.{0,200}\))?: (?:\[\w+!?\]!?|\w+!|String|Int|Float|Boolean|ID)$",
            r"namespace \w+ [\w.]+$",
        )),
    )
)  # fmt: skip
_CLOSES = re.compile(r"^\s*[\])}]*;?$")
_LEAST_LINES = 3
_LEAST_KINDS = 2
_LEAST_SHARE = 0.6
_SAME = 12  # characters of a line that tell statements of several kinds apart


def score_dialect(text: Sample) -> Likeness:
    """Score a text as a program of a rare language. text: the sample without comments."""
    if any(_is_of(text, pattern) for pattern in _STATEMENTS):
        return Likeness(0.9, say.raw("reads_like_program"))
    return UNLIKE


def _is_of(text: Sample, pattern: re.Pattern[str]) -> bool:
    lines = [line for line in text.lines if pattern.match(line)]
    begun = {line.split()[0].lower()[:_SAME] for line in lines if not _CLOSES.match(line)}
    is_most = len(lines) >= max(_LEAST_LINES, _LEAST_SHARE * len(text.lines))
    return is_most and len(begun) > _LEAST_KINDS
