"""Does this set something up? Files that a parser takes, and those of well-known programs."""

from __future__ import annotations

import configparser
import re
import tomllib

import yaml

from core.evidence.detection.blocks import CALLED, DIRECTIVE, EQUAL, blocks
from core.evidence.detection.comments import without_comments
from core.evidence.detection.outline import outline
from core.evidence.detection.prose import wordiness
from core.evidence.detection.sample import UNLIKE, Likeness, Sample, best

_NAME = re.compile(
    r"yaml|yml|toml|ini|cfg|cnf|conf|config|env|properties|tf|tfvars|hcl|service|timer|socket|mount"
    r"|target|slice|network|netdev|rules|plist|xml|json5?|jsonc|editorconfig|nomad|lock|list|repo"
    r"|desktop|pom|csproj|mod|cue|dhall|bicep|ign|neon|nix|rc"
)
_BASE = re.compile(
    r"(?:\w+\.)?(?:dockerfile|containerfile|makefile|gnumakefile)(?:\.\w+)?|procfile|caddyfile|crontab"
    r"|hosts|fstab|sudoers|requirements[\w-]*\.txt|go\.mod|\.env(?:\..*)?|\.[\w-]*rc|\.[\w-]*ignore"
    r"|sshd?_config|pg_hba\.conf|authorized_keys|codeowners|[\w.-]+\.conf(?:\.\w+)?"
)
_COMMENT = re.compile(r"^\s*(?:[#;!]|//)")
_SECTION = re.compile(r"^\s*\[{1,2}[^\[\]\n\"]{1,120}\]{1,2}\s*(?:[#;].*)?$")
_PAIR = re.compile(
    r"^\s*(?:export +|- )?[\w.\"'/@*$-]{1,120}(?:\[[\w.-]*\])?\s?[\w.-]{0,40}\s*[:=](?:\s|$|[^=\s])"
)
_ITEM = re.compile(r"^\s*(?:- \S|[\]}]+,?$|[\w.\"'/-]{1,80}:\s*(?:[|>][+-]?)?$)")
_CONTINUED = re.compile(r"\\\s*$")
_DOCKER = re.compile(
    r"^\s*(?:FROM|RUN|COPY|ADD|CMD|ENTRYPOINT|ENV|ARG|WORKDIR|EXPOSE|LABEL|USER|VOLUME|HEALTHCHECK"
    r"|SHELL|ONBUILD|STOPSIGNAL|MAINTAINER)\s+\S",
    re.IGNORECASE,
)
_FROM = re.compile(r"^\s*FROM\s+\S+(?:\s+AS\s+\S+)?\s*$", re.IGNORECASE)
_RULE = re.compile(r"^(?![\s/])[\w./%$(){}* -]{1,200}::?(?!=)(?:\s[^=,]{0,300})?$")
_RECIPE = re.compile(r"^\t\S")
_MAKE = re.compile(
    r"^(?:\.PHONY|include|-include|ifeq|ifneq|ifdef|ifndef|else|endif|define|endef|export)\b"
)
_CRON = re.compile(
    r"^\s*(?:@(?:reboot|hourly|daily|weekly|monthly)\s+\S|(?:[\d*/,a-zA-Z-]{1,20}\s+){5}\S)"
)
_TABLES = (  # lines of other files that every machine has
    re.compile(
        r"^\s*(?:\d{1,3}(?:\.\d{1,3}){3}|(?=[\da-f]{0,4}:)[\da-f:]{2,39})(?:/\d+)?\s+[\w.-]+(?:\s+[\w.-]+){0,20}\s*(?:#.*)?$"
    ),
    re.compile(r"^[\w.-]{1,64}:[^:]{0,200}:\d*:[^:]{0,200}(?::[^:]{0,200}){0,5}$"),
    re.compile(r"^(?:[\w/=.:-]{1,200}|none|tmpfs|proc)\s+/\S*\s+\w+\s+\S+\s+\d\s+\d\s*$"),
    re.compile(r"^(?:\*\w+|:[A-Z-]+ \w+ \[\d+:\d+\]|(?:\[\d+:\d+\] )?-[AIPN] \S.*|COMMIT)$"),
    re.compile(r"^(?:local|host|hostssl|hostnossl)\s+\S+\s+\S+\s+\S+(?:\s+\S+){0,3}$"),
    re.compile(r"^[\w.-]{1,80}(?:\[[\w,-]{1,80}\])?\s*(?:[=~<>!]=|@)\s*\S+(?:\s*[;,\\#].*)?$"),
    re.compile(
        r"^[@%*\w.:-]{1,64}\s+(?:soft|hard|-)\s+[a-z]{2,12}\s+(?:-?\d+|unlimited|infinity)$"
    ),
    re.compile(
        r"^(?:\$(?:TTL|ORIGIN)\s"
        r"|\S{0,255}\s+(?:\d\w{0,9}\s+)?IN\s+(?:SOA|NS|A|AAAA|CNAME|MX|TXT|PTR|SRV)\s)"
    ),
    re.compile(r"^(?:ssh-(?:rsa|ed25519)|ecdsa-sha2-\S+) [\w+/=]{40,}"),
)
_GO_VERSION = re.compile(r"^go \d+\.\d+(?:\.\d+)?$")
_MODULE = re.compile(r"^module [\w./-]+$")
_VALUED = re.compile(r"\S\s+\S")
_XML = re.compile(r"^\s*(?:<\?xml\b|<[A-Za-z][\w:.-]{0,80}(?:\s[^<>]{0,400})?/?>)")
_XML_EVENTS = re.compile(r"^\s*<(?:log4j:)?(?:[Ee]vents?|record)\b")  # of a log
_TAG = re.compile(r"<(?:/?[A-Za-z][\w:.-]{0,80}|!--)")
_KEY = re.compile(r"[\w./@$*<-]{1,100}(?:[ -][\w./()-]{1,40}){0,2}")
_WORDS = re.compile(
    r"^(?:ERROR|WARN(?:ING)?|INFO|DEBUG|FATAL|TRACE|CRITICAL|NOTICE|Re|Fwd|PS|TODO)$"
)
_TRAILING = re.compile(r",(\s{0,200}[\]}])")  # a comma with nothing behind it
_LOOK_AT = 16 * 2**10  # characters that are parsed
_MAX_BRACKETS = 2_000
_MAX_DOTS = 2_000
_NEARLY_ALL = 0.9
_PROSE = 0.15  # of the words of a text: settings explain themselves in comments, not in values
_HARDLY = 0.2
_SOME = 0.3


def configuration(sample: Sample) -> Likeness:
    """Settings in any usual form."""
    text = without_comments(sample)
    found = best(
        _toml(sample, text),
        _yaml(sample, text),
        _sections(text),
        _pairs(text),
        blocks(text),
        _docker(text),
        _make(sample, text),
        _known_tables(text),
        _xml(sample),
        _commented_json(text),
        _directives(sample, text),
    )
    if _NAME.fullmatch(sample.suffix) or _BASE.fullmatch(sample.base):
        found = best(found, Likeness(0.35, "its name is that of settings")).named(0.15)
    return found


def _toml(sample: Sample, text: Sample) -> Likeness:
    """Only where it looks like it: its parser is slow, and takes a single pair for a document."""
    if not text.lines or not (_SECTION.match(text.lines[0]) or EQUAL.match(text.lines[0])):
        return UNLIKE
    if sample.text.count(".") > _MAX_DOTS:
        return UNLIKE
    for cut in _cuts(sample):
        try:
            found = tomllib.loads(cut)
        except (ValueError, RecursionError):
            continue
        if found:
            return Likeness(0.95, "it parses as TOML")
    return UNLIKE


def _yaml(sample: Sample, text: Sample) -> Likeness:
    """A document of keys, each of them short; read as events, so that nesting costs no stack."""
    likely = text.counted(lambda line: bool(_PAIR.match(line) or _ITEM.match(line)))
    brackets = sum(map(sample.text.count, "[{"))
    if likely < 0.3 or brackets > _MAX_BRACKETS:  # noqa: PLR2004
        return UNLIKE
    is_prose = wordiness(text) > _PROSE
    found = (_keys(cut) for cut in _cuts(sample))
    return best(*(_of_keys(*one) for one in found if one[1] > 1 or not is_prose))


def _keys(text: str) -> tuple[list[str], int]:
    """The keys of the mappings of a YAML text, and how deep they go; none where it is no YAML."""
    keys: list[str] = []
    deepest = depth = 0
    expects: list[bool] = []  # per open mapping: is a key next? None of these is a sequence
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            if isinstance(event, yaml.CollectionEndEvent):
                expects.pop()
                depth -= 1
            elif isinstance(event, yaml.NodeEvent):
                if expects and expects[-1] and isinstance(event, yaml.ScalarEvent):
                    keys.append(event.value)
                if expects and expects[-1] is not None:
                    expects[-1] = not expects[-1]
                if isinstance(event, yaml.CollectionStartEvent):
                    is_mapping = isinstance(event, yaml.MappingStartEvent)
                    expects.append(is_mapping if is_mapping else None)  # type: ignore[arg-type]
                    depth += 1
                    deepest = max(deepest, depth)
    except (yaml.YAMLError, ValueError):
        return [], 0
    return keys, deepest


def _of_keys(keys: list[str], deepest: int) -> Likeness:
    if deepest == 1 and len(set(keys)) < len(keys):  # who says what, more likely
        return UNLIKE
    short = sum(bool(_KEY.fullmatch(key)) and not _WORDS.match(key) for key in keys)
    if short < max(2, 0.8 * len(keys)):
        return UNLIKE
    reason = "it parses as YAML"
    return Likeness(0.94 if deepest > 1 and len(keys) > 2 else 0.8, reason)  # noqa: PLR2004


def _cuts(sample: Sample) -> list[str]:
    """The text, and shorter ones in case that it was cut off within something."""
    text = sample.text[:_LOOK_AT]
    lines = text.split("\n")
    shorter = [lines[: len(lines) - less] for less in (1, 8) if len(lines) > 2 * less + 2]
    at_top = [at for at, line in enumerate(lines) if line and line[0] not in " \t-#]})"]
    if len(at_top) > 2 and len(sample.text) > _LOOK_AT:  # noqa: PLR2004
        shorter.append(lines[: at_top[-1]])
    return [text, *("\n".join(part) for part in shorter if len(part) > len(lines) // 2)]


def _sections(text: Sample) -> Likeness:
    """INI: from the first section on, Python's own parser takes it; continued lines too."""
    if not any(map(_SECTION.match, text.lines[:3])):
        return UNLIKE
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text.text)
    except (configparser.Error, ValueError, AttributeError):  # the last: a value without a name
        return UNLIKE
    named = sum(len(parser.options(section)) for section in parser.sections())
    equal = text.counted(lambda line: bool(_SECTION.match(line) or EQUAL.match(line)))
    return Likeness(0.75 + 0.2 * min(1.0, 2 * equal) if named else 0.6, "it parses as INI")


def _pairs(text: Sample) -> Likeness:
    plain = text.counted(lambda line: bool(EQUAL.match(line)) and not _is_code(line))
    any_sort = text.counted(
        lambda line: bool(_PAIR.match(line) or _ITEM.match(line)) and not _is_code(line)
    )
    words = max(0.0, 1.0 - wordiness(text) / (2 * _PROSE))
    return best(
        Likeness(0.9 * plain**2, "its lines set names to values"),
        Likeness(0.75 * any_sort * words, "its lines set names to values"),
    )


def _is_code(line: str) -> bool:
    return line.rstrip().endswith((";", "{")) or bool(CALLED.search(line))


def _docker(text: Sample) -> Likeness:
    starts = [
        line
        for at, line in enumerate(text.lines)
        if not at or not _CONTINUED.search(text.lines[at - 1])
    ]
    known = sum(bool(_DOCKER.match(line)) for line in starts) / max(1, len(starts))
    if not any(map(_FROM.match, text.lines)) or len(text.lines) < 2:  # noqa: PLR2004
        return UNLIKE
    return Likeness(0.97 * min(1.0, 1.3 * known), "it is made of instructions for an image")


def _make(sample: Sample, text: Sample) -> Likeness:
    rules = sum(
        bool(_RULE.match(line)) and bool(_RECIPE.match(after))
        for line, after in zip(text.lines, text.lines[1:], strict=False)
    )
    known = text.counted(
        lambda line: bool(
            _RULE.match(line)
            or _RECIPE.match(line)
            or EQUAL.match(line)
            or _MAKE.match(line)
            or ":=" in line
        )
    )
    if rules == 1 and not any(map(_MAKE.match, text.lines)) and not text.any(EQUAL):
        known *= 0.6  # an indented list under a title looks the same
    if not rules or known < 0.6:  # noqa: PLR2004
        return UNLIKE
    return Likeness(0.95 * known if not _is_stack(sample) else 0.0, "it has rules with recipes")


def _is_stack(sample: Sample) -> bool:
    return any(line.startswith(("\tat ", "goroutine ")) for line in sample.lines)


def _known_tables(text: Sample) -> Likeness:
    shares = [text.share(pattern) for pattern in _TABLES]
    cron = text.counted(lambda line: bool(_CRON.match(line)) or bool(EQUAL.match(line)))
    cron = cron if text.any(_CRON) and any(c in text.text for c in "*@") else 0.0
    module = 0.93 if text.any(_MODULE) and text.any(_GO_VERSION) else 0.0
    return Likeness(
        max(0.88 * max(*shares, cron), module), "its lines are those of a system's file"
    )


def _xml(sample: Sample) -> Likeness:
    if sample.lines and _XML_EVENTS.match(sample.lines[0]):
        return UNLIKE
    if sample.lines and _XML.match(sample.lines[0]) and sample.share(_TAG) > 0.5:  # noqa: PLR2004
        return Likeness(0.85, "it is an XML document")
    return UNLIKE


def _commented_json(text: Sample) -> Likeness:
    """As editors and compilers take it."""
    found = outline(_TRAILING.sub(r"\1", text.text.strip()))
    is_one = found.whole and found.objects and found.documents == 1
    return Likeness(0.93, "it is JSON with comments") if is_one else UNLIKE


def _directives(sample: Sample, text: Sample) -> Likeness:
    """A name and a few values a line, no sentences, with comments: how many daemons have it."""
    commented = sample.share(_COMMENT)
    share = text.share(DIRECTIVE)
    if len(text.lines) == len(sample.lines) and commented > _NEARLY_ALL:
        return Likeness(0.5, "it has nothing but comments")
    if text.share(_VALUED) < _SOME:
        return UNLIKE
    if not commented or len(text.lines) < 2:  # noqa: PLR2004
        return Likeness(0.4 * share, "its lines are a name and a value")
    return Likeness(0.7 * share**2, "its lines are a name and a value, with comments")
