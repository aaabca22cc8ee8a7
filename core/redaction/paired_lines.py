"""A name and its value on a line each, `- name: STRIPE_KEY` and `value: …`, as tools list settings.

Kubernetes, ECS and Azure list them so; CloudFormation says ParameterKey and ParameterValue. What
is hidden in `STRIPE_KEY=…` is hidden here, too.
"""

from __future__ import annotations

import re
from functools import lru_cache

from core.redaction.rule_choice import find_spans
from core.redaction.rules import SECRET

NAME = r"(?P<name>[A-Za-z_][\w.-]{0,80})"
NAMED = re.compile(
    rf"\W*[a-z]{{0,20}}(?:name|key)[\"']?\s*[:=]\s*[\"']?{NAME}[\"']?,?\s*", re.IGNORECASE
)
# Words that some rule reads in a name; the rules decide.
_WORDS = (
    "pass|pwd|secret|token|key|auth|cookie|sign|cred|salt|psk|dsn|_hec|webhook|seed|otp|pin|login"
    "|kennwort|clave|senha|heslo|session|licen[cs]e|community|bearer|jwt"
)
SCREEN = (
    r"(?i-u:name|key)[\"']?[ \t]*[:=][ \t]*[\"']?[A-Za-z0-9_.-]*"
    rf"(?i-u:{_WORDS})[A-Za-z0-9_.-]*[\"']?,?[ \t\r]*$"
)
_OPENS = re.compile(
    rf"(?i)(?:name|key)[\"']?[ \t]*[:=][ \t]*[\"']?[\w.-]{{0,80}}?(?:{_WORDS})"
    r"[\w.-]{0,80}[\"']?,?\s*$"
)
_LONGEST = 400  # characters


def opens_pair(line: str) -> bool:
    """Whether the line is the name of a setting whose value may stand on the next one."""
    return _OPENS.search(line[-_LONGEST:]) is not None


@lru_cache(maxsize=4_096)
def is_secret_setting(name: str, value: str) -> bool:
    """Whether `NAME=value` hides the value."""
    setting = f'{name}="{value}"' if " " in value else f"{name}={value}"
    start = setting.rindex(value)
    return any(
        span.kind == SECRET and span.start <= start < span.end for span in find_spans(setting)
    )
