"""Detects configuration: files that a parser accepts, and formats of well-known programs."""

from __future__ import annotations

import configparser
import re
import tomllib
from functools import lru_cache
from typing import TYPE_CHECKING

import yaml

from core.evidence.detection.directives import CALLED, EQUAL, score_directives
from core.evidence.detection.json_exports import outline
from core.evidence.detection.programs import without_comments
from core.evidence.detection.prose import wordiness
from core.evidence.detection.sample import UNLIKE, Likeness, Sample, best
from core.evidence.detection.setting_blocks import score_blocks
from core.text.sentences import sentences

if TYPE_CHECKING:
    from core.evidence.extractor import Head

say = sentences("evidence.detection")

_SUFFIX = re.compile(
    r"yaml|yml|toml|ini|cfg|cnf|conf|config|env|properties|tf|tfvars|hcl|service|timer|socket|mount"
    r"|target|slice|network|netdev|rules|plist|xml|json5?|jsonc|editorconfig|nomad|lock|list|repo"
    r"|desktop|pom|csproj|mod|cue|dhall|bicep|ign|neon|nix|rc"
)
_BASE_NAME = re.compile(
    r"(?:\w+\.)?(?:dockerfile|containerfile|makefile|gnumakefile)(?:\.\w+)?|procfile|caddyfile|crontab"
    r"|hosts|fstab|sudoers|requirements[\w-]*\.txt|go\.mod|\.env(?:\..*)?|\.[\w-]*rc|\.[\w-]*ignore"
    r"|sshd?_config|pg_hba\.conf|authorized_keys|codeowners|[\w.-]+\.conf(?:\.\w+)?"
)
_SECTION = re.compile(r"^\s*\[{1,2}[^\[\]\n\"]{1,120}\]{1,2}\s*(?:[#;].*)?$")
_PAIR = re.compile(
    r"^\s*(?!\d+:)(?:export +|- )?[\w.\"'/@*$-]{1,120}"
    r"(?:\[[\w.-]*\])?\s?[\w.-]{0,40}\s*[:=](?:\s|$|[^=\s])"
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
_SYSTEM_FILE_LINES = (  # lines of system files: hosts, passwd, fstab, iptables, pg_hba.conf ...
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
_XML = re.compile(r"^\s*(?:<\?xml\b|<[A-Za-z][\w:.-]{0,80}(?:\s[^<>]{0,400})?/?>)")
_XML_PROLOG = re.compile(
    r"\A\s*(?:(?:<!--(?:(?!-->).)*+-->|<!DOCTYPE\s[^<>]{0,400}>|<\?[^<>]{0,200}\?>)\s*+)++",
    re.DOTALL,
)
_XML_EVENTS = re.compile(r"^\s*<(?:log4j:)?(?:[Ee]vents?|record)\b")  # of a log
_TAG = re.compile(r"<(?:/?[A-Za-z][\w:.-]{0,80}|!--)|^\s*[\w:.-]{1,80}=\"")
_KEY = re.compile(r"[\w./@$*<-]{1,100}(?:[ -][\w./()-]{1,40}){0,2}")
_SPEAKER = re.compile(
    r"^(?:ERROR|WARN(?:ING)?|INFO|DEBUG|FATAL|TRACE|CRITICAL|NOTICE|Re|Fwd|PS|TODO)$"
)
_TRAILING_COMMA = re.compile(r",(\s{0,200}[\]}])")  # a comma with nothing behind it
_LOOK_AT = 16 * 2**10  # characters that are parsed
_MAX_BRACKETS = 2_000
_MAX_DOTS = 2_000
_PROSE = 0.15  # share of small words: settings explain themselves in comments, not in values


@lru_cache(maxsize=1)  # two extractors ask about the same head
def configuration_likeness(head: Head) -> Likeness:
    """Score the head of a file as configuration."""
    return score_configuration(Sample.of(head))


def score_configuration(sample: Sample) -> Likeness:
    """Score a text as configuration in any usual format."""
    text = without_comments(sample)
    likeness = best(
        _toml(sample, text),
        _yaml(sample, text),
        _sections(text),
        _pairs(text),
        score_blocks(text),
        _docker(text),
        _make(sample, text),
        _system_files(text),
        _xml(sample),
        _commented_json(text),
        score_directives(sample, text),
    )
    if _SUFFIX.fullmatch(sample.suffix) or _BASE_NAME.fullmatch(sample.base):
        likeness = best(likeness, Likeness(0.35, say.raw("named_as_settings"))).named(0.15)
    return likeness


def _toml(sample: Sample, text: Sample) -> Likeness:
    """Score TOML. It is parsed only where its first line looks like TOML.

    The parser is slow, and accepts a single pair as a document.
    """
    if not text.lines or not (_SECTION.match(text.lines[0]) or EQUAL.match(text.lines[0])):
        return UNLIKE
    if sample.text.count(".") > _MAX_DOTS:
        return UNLIKE
    for candidate in _candidate_texts(sample):
        try:
            document = tomllib.loads(candidate)
        except (ValueError, RecursionError):
            continue
        if document:
            return Likeness(0.95, say.raw("toml"))
    return UNLIKE


def _yaml(sample: Sample, text: Sample) -> Likeness:
    """Score YAML: a document of short keys, read as events so that nesting costs no stack."""
    likely = text.counted(lambda line: bool(_PAIR.match(line) or _ITEM.match(line)))
    brackets = sum(map(sample.text.count, "[{"))
    if likely < 0.3 or brackets > _MAX_BRACKETS:  # noqa: PLR2004
        return UNLIKE
    is_prose = wordiness(text) > _PROSE
    keys_and_depths = (_yaml_keys(candidate) for candidate in _candidate_texts(sample))
    return best(*(_keys_likeness(*pair) for pair in keys_and_depths if pair[1] > 1 or not is_prose))


def _yaml_keys(text: str) -> tuple[list[str], int]:
    """Return the keys of all mappings of a YAML text and their depth; ([], 0) if it is no YAML."""
    keys: list[str] = []
    deepest = depth = 0
    expects: list[bool] = []  # per open collection: whether a key is next; None for a sequence
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


def _keys_likeness(keys: list[str], deepest: int) -> Likeness:
    if deepest == 1 and len(set(keys)) < len(
        keys
    ):  # more likely a dialogue with the names of speakers
        return UNLIKE
    short = sum(bool(_KEY.fullmatch(key)) and not _SPEAKER.match(key) for key in keys)
    if short < max(2, 0.8 * len(keys)):
        return UNLIKE
    reason = say.raw("yaml")
    return Likeness(0.94 if deepest > 1 and len(keys) > 2 else 0.8, reason)  # noqa: PLR2004


def _candidate_texts(sample: Sample) -> list[str]:
    """Return the text, and shorter ones in case it was cut off within a value."""
    text = sample.text[:_LOOK_AT]
    lines = text.split("\n")
    shorter = [lines[: len(lines) - dropped] for dropped in (1, 8) if len(lines) > 2 * dropped + 2]
    top_level = [index for index, line in enumerate(lines) if line and line[0] not in " \t-#]})"]
    if len(top_level) > 2 and len(sample.text) > _LOOK_AT:  # noqa: PLR2004
        shorter.append(lines[: top_level[-1]])
    return [text, *("\n".join(kept) for kept in shorter if len(kept) > len(lines) // 2)]


def _sections(text: Sample) -> Likeness:
    """Score INI: Python's own parser accepts it from the first section on."""
    if not any(map(_SECTION.match, text.lines[:3])):
        return UNLIKE
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text.text)
    except (configparser.Error, ValueError, AttributeError):  # the last: a value without a name
        return UNLIKE
    options = sum(len(parser.options(section)) for section in parser.sections())
    pair_share = text.counted(lambda line: bool(_SECTION.match(line) or EQUAL.match(line)))
    return Likeness(0.75 + 0.2 * min(1.0, 2 * pair_share) if options else 0.6, say.raw("ini"))


def _pairs(text: Sample) -> Likeness:
    equal_share = text.counted(lambda line: bool(EQUAL.match(line)) and not _is_code(line))
    pair_share = text.counted(
        lambda line: bool(_PAIR.match(line) or _ITEM.match(line)) and not _is_code(line)
    )
    terseness = max(0.0, 1.0 - wordiness(text) / (2 * _PROSE))
    return best(
        Likeness(0.9 * equal_share**2, say.raw("names_to_values")),
        Likeness(0.75 * pair_share * terseness, say.raw("names_to_values")),
    )


def _is_code(line: str) -> bool:
    return line.rstrip().endswith((";", "{")) or bool(CALLED.search(line))


def _docker(text: Sample) -> Likeness:
    starts = [
        line
        for index, line in enumerate(text.lines)
        if not index or not _CONTINUED.search(text.lines[index - 1])
    ]
    instruction_share = sum(bool(_DOCKER.match(line)) for line in starts) / max(1, len(starts))
    if not any(map(_FROM.match, text.lines)) or len(text.lines) < 2:  # noqa: PLR2004
        return UNLIKE
    return Likeness(0.97 * min(1.0, 1.3 * instruction_share), say.raw("image_instructions"))


def _make(sample: Sample, text: Sample) -> Likeness:
    rules = sum(
        bool(_RULE.match(line)) and bool(_RECIPE.match(next_line))
        for line, next_line in zip(text.lines, text.lines[1:], strict=False)
    )
    share = text.counted(
        lambda line: bool(
            _RULE.match(line)
            or _RECIPE.match(line)
            or EQUAL.match(line)
            or _MAKE.match(line)
            or ":=" in line
        )
    )
    if rules == 1 and not any(map(_MAKE.match, text.lines)) and not text.any(EQUAL):
        share *= 0.6  # an indented list under a title looks the same
    if not rules or share < 0.6:  # noqa: PLR2004
        return UNLIKE
    return Likeness(0.95 * share if not _is_stack(sample) else 0.0, say.raw("recipes"))


def _is_stack(sample: Sample) -> bool:
    return any(line.startswith(("\tat ", "goroutine ")) for line in sample.lines)


def _system_files(text: Sample) -> Likeness:
    shares = [text.share(pattern) for pattern in _SYSTEM_FILE_LINES]
    cron_share = text.counted(lambda line: bool(_CRON.match(line)) or bool(EQUAL.match(line)))
    cron_share = cron_share if text.any(_CRON) and any(mark in text.text for mark in "*@") else 0.0
    module = 0.93 if text.any(_MODULE) and text.any(_GO_VERSION) else 0.0
    return Likeness(max(0.88 * max(*shares, cron_share), module), say.raw("system_file"))


def _xml(sample: Sample) -> Likeness:
    if sample.lines and _XML_EVENTS.match(sample.lines[0]):
        return UNLIKE
    text = _XML_PROLOG.sub("", sample.text)
    lines = text.split("\n")
    if _XML.match(lines[0]) and Sample(lines).share(_TAG) > 0.5:  # noqa: PLR2004
        return Likeness(0.85, say.raw("xml"))
    return UNLIKE


def _commented_json(text: Sample) -> Likeness:
    """Score JSON with comments and trailing commas, as editors and compilers accept it."""
    document = outline(_TRAILING_COMMA.sub(r"\1", text.text.strip()))
    is_json = document.whole and document.objects and document.documents == 1
    return Likeness(0.93, say.raw("json_with_comments")) if is_json else UNLIKE
