"""Exceptions that a program's own code or data brings about, whoever it calls.

A caller of somebody who is slow or away raises time-outs and refusals. What is raised because a
value is none, has another type or another form, is of the one that raises it: a release, or a
message that it was never written for.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.evidence.model import FindingKind

if TYPE_CHECKING:
    from core.evidence.model import Finding

# Source: the standard libraries of Python, the JVM, .NET, JavaScript, Ruby, Go, Rust and PHP.
_RAISED = re.compile(
    r"(?:Value|Type|Key|Index|Attribute|Name|UnboundLocal|ZeroDivision|Assertion|NotImplemented|Recursion"
    r"|Overflow|Reference|Range|NoMethod|Argument|Frozen|Lookup|Syntax|Unicode(?:Decode|Encode)?"
    r"|ModuleNotFound|Import|JSONDecode)Error"
    r"|(?:NullPointer|IllegalArgument|IllegalState|ClassCast|NumberFormat|Arithmetic|NoSuchElement"
    r"|UnsupportedOperation|(?:\w{0,20})IndexOutOfBounds|NullReference|InvalidCast|Format|KeyNotFound"
    r"|ArgumentNull|IndexOutOfRange|DateTimeParse|JsonParse|JsonMapping|Deserialization)Exception"
    r"|InvalidOperation|FieldDoesNotExist|TemplateSyntaxError|DivideByZero|BadFunctionCallException"
)
_PANIC = re.compile(
    r"panic: (?:runtime error|assignment to entry in nil map|interface conversion)"
    r"|thread '[^']{1,80}' panicked at|\bUndefined (?:index|array key|variable|offset)\b"
)


def is_code_error(finding: Finding) -> bool:
    """Whether a trace ends in an exception that tells of its writer's own code or data."""
    if finding.kind is not FindingKind.STACK_TRACE:
        return False
    raised = str(finding.data.get("raised", "")).rpartition(".")[2]
    return bool(_RAISED.fullmatch(raised)) or tells_code_error(finding.text.text)


def tells_code_error(text: str) -> bool:
    """The same of a text: a trace, or a panic."""
    last = text.rstrip().rpartition("\n")[2] if text.startswith("Traceback") else text[:300]
    named = re.match(r"[\w.]{0,120}?(\w{1,60})(?=[:\s]|$)", last.strip())
    return bool(_PANIC.search(text[:2_000]) or (named and _RAISED.fullmatch(named[1])))
