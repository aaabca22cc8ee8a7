"""Rules for tokens with a documented form, mostly a vendor's prefix.

`_PREFIXED` pairs each prefix with the pattern of what follows it. A prefix that is also a word
needs a long tail; a token ends where no character of its alphabet follows.
"""

from __future__ import annotations

import re

from core.redaction.rules import Accepts, RedactionRule, anchored, searching
from core.redaction.secret_values import (
    has_kinds,
    holds_secrets,
    is_identifier,
    is_mixed,
    is_random,
    turns,
)

# Prefixes (`a|b` for several) with the pattern of what follows, in alphabetical order.
_PREFIXED = (
    (r"A3-", r"[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})(?:-[A-Z0-9]{5}){3}"),
    (r"ABSK", r"[A-Za-z0-9+/]{100,250}={0,2}"),
    (r"AGE-SECRET-KEY-1", r"[A-Z0-9]{40,64}"),
    (r"aio_", r"[A-Za-z0-9]{28}"),
    (r"AIza", r"[\w-]{35}"),
    (r"AKC", r"p[A-Za-z0-9]{40,80}"),
    (r"APKA", r"[A-Z0-9]{16}"),
    (r"apify_api_", r"[A-Za-z0-9]{20,512}"),
    (r"ATATT3", r"[\w=-]{40,300}"),
    (r"ATBB", r"[A-Za-z0-9]{24,512}"),
    (r"ATCTT3", r"[\w=-]{40,300}"),
    (r"AQVN", r"[\w-]{35,38}"),
    (r"bkua_", r"[a-z0-9]{40}"),
    (r"CFPAT-", r"[\w-]{40,512}"),
    (r"cio_", r"[A-Za-z0-9_-]{30,512}"),
    (r"CLOJARS_", r"[a-f0-9]{50,512}"),
    (r"cmVmdGtu", r"[\w-]{40,512}"),
    (r"dapi", r"[a-h0-9]{32}(?:-\d)?"),
    (r"dckr_", r"(?:pat|oat)_[\w-]{20,512}"),
    ("doo_v1_|dop_v1_|dor_v1_|dot_v1_", r"[a-f0-9]{40,512}"),
    (r"dp.", r"(?:pt|st|ct|sa|scim|audit)\.(?:[a-z0-9_-]{2,35}\.)?[A-Za-z0-9]{40,44}"),
    (r"dsq_", r"[A-Za-z0-9]{30,512}"),
    ("dt0", r"[a-z]\d\d\.[A-Z0-9]{8,24}\.[A-Z0-9]{64}"),
    (r"duffel_", r"(?:test|live)_[\w=-]{43}"),
    (r"EAA", r"[A-Za-z0-9]{60,400}"),
    ("EZAK|EZTK", r"[A-Za-z0-9]{50,60}"),
    (r"figd_", r"[\w-]{20,512}"),
    (r"fio-u-", r"[\w=-]{50,512}"),
    (r"FlyV1 ", r"fm\d[a-z]?_[A-Za-z0-9+/=,_-]{40,512}"),
    ("fm1_|fm1r_|fm1a_|fm2_", r"[A-Za-z0-9+/=,_-]{60,512}"),
    ("FLWPUBK|FLWSECK", r"(?:_TEST)?-[A-Za-z0-9]{12,512}(?:-X)?"),
    (r"ghp_", r"\w{30,255}"),
    (r"gho_", r"\w{30,255}"),
    (r"ghu_", r"\w{30,255}"),
    (r"ghs_", r"\w{30,255}"),
    (r"ghr_", r"\w{30,255}"),
    (r"github_pat_", r"\w{22,255}"),
    (
        "glpat-|gldt-|glrt-|glrtr-|glptt-|glcbt-|glft-|glffct-|glsoat-|gloas-|glimt-|glagent-",
        r"[\w-]{20,512}(?:\.[\w.-]{2,512})?",
    ),
    (r"glsa_", r"[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}"),
    (r"glc_", r"[A-Za-z0-9+/]{32,400}={0,2}"),
    (r"GOCSPX-", r"[\w-]{20,512}"),
    (r"gsk_", r"[A-Za-z0-9]{30,512}"),
    (r"hf_", r"[A-Za-z0-9]{30,512}"),
    (r"HRKU-", r"[\w-]{36,512}"),
    ("hvs.|hvb.|hvr.", r"[\w-]{20,512}"),
    (r"ico-", r"[A-Za-z0-9]{32}"),
    (r"ion_", r"[A-Za-z0-9]{42}"),
    (r"key-", r"[0-9a-zA-Z]{32}"),
    (r"lin_", r"(?:api|oauth)_[A-Za-z0-9]{30,512}"),
    (r"LTAI", r"[A-Za-z0-9]{12,24}"),
    ("MIIE|MIIC|MIIJ|MIIB", r"[A-Za-z0-9+/]{200,512}={0,2}"),
    ("NRAK-|NRJS-|NRII-|NRIQ-|NRRA-|NRAA-", r"[\w-]{18,512}"),
    (r"npm_", r"\w{36}"),
    (r"ntn_", r"[A-Za-z0-9]{40,50}"),
    (r"nvapi-", r"[\w-]{40,512}"),
    (r"ops_", r"eyJ[\w=-]{60,512}"),
    (r"oy2", r"[a-z0-9]{43}"),
    (r"pat-", r"(?:na|eu|ap)\d-[a-f0-9-]{36}"),
    (r"PMAK-", r"[\w-]{40,512}"),
    (r"pnu_", r"[A-Za-z0-9]{36}"),
    (r"pplx-", r"[A-Za-z0-9]{40,512}"),
    (r"p8e-", r"[\w-]{32}"),
    (r"pscale_", r"(?:tkn|oauth|pw)_[\w=.-]{30,512}"),
    (r"ptkn_", r"[\w=-]{30,512}"),
    (r"pul-", r"[a-f0-9]{40}"),
    (r"pypi-", r"[\w-]{50,512}"),
    (r"r8_", r"[A-Za-z0-9]{30,512}"),
    (r"rdme_", r"[a-z0-9]{60,512}"),
    (r"re_", r"[A-Za-z0-9]{6,10}_[A-Za-z0-9]{20,512}"),
    (r"rubygems_", r"[a-f0-9]{40,512}"),
    (r"sbp_", r"[a-f0-9]{40}"),
    (r"secret_", r"[A-Za-z0-9]{40,512}"),
    (r"SG.", r"[\w-]{16,32}\.[\w-]{16,64}"),
    (r"sgp_", r"[\w-]{40,512}"),
    (r"shippo_", r"(?:live|test)_[a-f0-9]{40}"),
    ("shpat_|shpca_|shppa_|shpss_|shpua_", r"[a-fA-F0-9]{32,512}"),
    (r"sk-", r"[A-Za-z0-9_-]{20,512}"),
    (r"sl.", r"(?:u\.)?[\w-]{60,512}"),
    ("sntrys_|sntryu_", r"[\w+/=]{40,512}"),
    ("sq0csp-|sq0atp-|sq0idp-", r"[\w-]{20,512}"),
    ("squ_|sqp_|sqa_", r"[a-f0-9]{40}"),
    (r"tfp_", r"[\w.=-]{40,512}"),
    (r"tskey-", r"[a-z]+-[\w-]{20,512}"),
    (r"v1.", r"0-[a-f0-9]{24}-[a-f0-9]{146,512}"),
    (r"vercel_", r"[A-Za-z0-9_]{24,512}"),
    (r"waka_", r"[a-f0-9-]{36}"),
    (r"whsec_", r"[\w+/=]{16,512}"),
    (r"xai-", r"[A-Za-z0-9]{60,512}"),
    (r"xapp-", r"\d-[\w-]{8,512}"),
    (r"xkeysib-", r"[a-f0-9]{64}-\w{16}"),
    (r"xox", r"(?:[abceoprs]|[ep]\.xox[bp])-[\w-]{8,512}"),
    (r"ya29.", r"[\w.-]{20,512}"),
    (r"1//0", r"[\w-]{40,512}"),
    (r"4/0", r"[\w-]{40,512}"),
)
_NOT_INSIDE = r"(?<![A-Za-z0-9+])"
_NOT_CONTINUED = r"(?![A-Za-z0-9])"


# One screen for all prefixes, so that lines are searched for all of them at once.
_PREFIXES = "|".join(prefix for prefix, _ in _PREFIXED)
_SCREEN = rf"(?:{_PREFIXES.replace('.', '[.]')})[A-Za-z0-9_.-]"
_FEWEST_CHARACTERS = 7  # different characters
_MOST_CASE_CHANGES = 0.35  # changes of case per character: words in camel case have fewer
_WRAPPED_LINES = {64, 76}  # characters in a line of wrapped base64: RFC 7468, RFC 2045
_PUBLIC_PREFIXES = ("sha256:", "sha256-", "sha384-", "sha512-", "sha1-", "md5:", "base64,")


def _prefix_rule(prefixes: str, tail: str) -> RedactionRule:
    words = prefixes.split("|")
    alternatives = "|".join(map(re.escape, words))
    return anchored(
        prefixes.lower(),
        rf"{_NOT_INSIDE}(?P<v>(?:{alternatives}){tail}){_NOT_CONTINUED}",
        _check_variety(len(words[0])),
        screen=_SCREEN,
    )


def _check_variety(start: int) -> Accepts:
    """A predicate that refuses words that begin like a token, and repetitive examples.

    start: the length of the prefix, in characters.
    """

    def accepts(match: re.Match[str]) -> bool:
        value = match["v"]
        tail = value[start:]
        if len(set(value)) <= _FEWEST_CHARACTERS:
            return False
        return any(map(str.isdigit, tail)) or turns(tail) > _MOST_CASE_CHANGES * len(tail)

    return accepts


def _has_random_tail(match: re.Match[str]) -> bool:
    """The part after the last separator is random, and not an id or a digest."""
    tail = re.split(r"[_-]", match["v"])[-1]
    return is_random(tail) and not is_identifier(tail)


def _has_mixed_tail(match: re.Match[str]) -> bool:
    return has_kinds(match["v"]) and is_mixed(match["v"])


def _is_unnamed_token(match: re.Match[str]) -> bool:
    """Mixed digits and letters of both cases, but no public key and no line of wrapped base64."""
    value, before = match["v"], match.string[max(0, match.start() - 12) : match.start()].lower()
    if value.startswith(("AAAA", "MII")) or before.endswith(_PUBLIC_PREFIXES):
        return False
    if len(value) in _WRAPPED_LINES and _is_whole_line(match):  # of a certificate or a public key
        return False
    return is_mixed(value) and is_random(value) and turns(value) > len(value) // 4


def _is_whole_line(match: re.Match[str]) -> bool:
    """The match is a line by itself."""
    text, start, end = match.string, match.start(), match.end()
    return text[start - 1 : start] in {"", "\n"} and text[end : end + 1] in {"", "\n", "\r"}


RULES = (
    *(_prefix_rule(prefix, tail) for prefix, tail in _PREFIXED),
    anchored(
        "akia|asia|abia|acca|a3t",
        rf"{_NOT_INSIDE}(?P<v>(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]{{16}}){_NOT_CONTINUED}",
        screen="(?:AKIA|ASIA|ABIA|ACCA|A3T[A-Z0-9])[A-Z0-9]",
    ),
    anchored("access_token$", r"(?P<v>access_token\$[a-z]{4,12}\$[0-9a-z]{16}\$[0-9a-f]{32})"),
    anchored(
        # An AWS key id and, in the same call or line, its secret: 40 characters of base64
        "akia|asia",
        rf"{_NOT_INSIDE}(?:AKIA|ASIA)[A-Z0-9]{{16}}[^A-Za-z0-9][^\n]{{0,60}}?[\s\"',:=]"
        r"(?P<v>[A-Za-z0-9+/]{40})(?![A-Za-z0-9+/=])",
        lambda match: is_mixed(match["v"]),
        screen=r"(?:AKIA|ASIA)[A-Z0-9]+[^A-Za-z0-9].*[A-Za-z0-9+/]{40}",
    ),
    searching(
        # `vendor_` and a long random tail, for vendors that are not listed
        "_",
        r"(?<![\w.-])(?P<v>[a-z][a-z0-9]{1,9}_[A-Za-z0-9]{32,255})(?![\w.])",
        _has_random_tail,
        screen=r"[a-z][a-z0-9]_[A-Za-z0-9]{32}",
    ),
    searching(
        # Licence keys: five groups of five characters
        "-",
        r"(?<![\w-])(?P<v>(?:[A-Z0-9]{5}-){4}[A-Z0-9]{5})(?![\w-])",
        lambda match: has_kinds(match["v"]),
        screen=r"[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}",
    ),
    anchored(
        # Password hashes of LDAP servers: RFC 2307
        "{ssha|{sha|{smd5}|{md5}|{crypt}|{pbkdf2|{argon2}",
        r"(?P<v>\{(?i:SSHA\d{0,3}|SHA\d{0,3}|SMD5|MD5|CRYPT|PBKDF2[\w-]{0,10}|ARGON2)\}"
        r"[A-Za-z0-9+/=$.,]{12,400})",
    ),
    anchored(
        # base64 of {"… and of -----BEGIN: the decoded content decides whether it is secret
        "eyj|ls0tls1crudj",
        r"(?<![\w+/])(?P<v>(?:eyJ|LS0tLS1CRUdJ)[A-Za-z0-9+/]{24,8000}={0,2})(?![\w+/.])",
        holds_secrets,
        screen=r"(?:eyJ|LS0tLS1CRUdJ)[A-Za-z0-9+/]{24}",
    ),
    searching("q~", r"(?<![\w~.-])(?P<v>[\w~.]{3}\dQ~[\w~.-]{31,34})(?![\w~.-])", screen="Q~"),
    searching(
        "_live_|_test_|_prod_|_sandbox_",
        r"(?<![A-Za-z0-9])(?P<v>[A-Za-z]{2,12}_(?:live|test|prod|sandbox)_[A-Za-z0-9_=-]{8,255})",
        lambda match: has_kinds(match["v"].split("_", 2)[2]),
        screen="[A-Za-z]_(?:live|test|prod|sandbox)_[A-Za-z0-9]",
    ),
    searching(
        "pat",
        r"(?<![A-Za-z0-9])(?P<v>pat[A-Za-z0-9]{14}\.[a-f0-9]{64})(?![A-Za-z0-9])",
        screen=r"pat[A-Za-z0-9]{14}\.[a-f0-9]",
    ),
    searching(
        ".atlasv1.",
        r"(?<![A-Za-z0-9])(?P<v>[A-Za-z0-9]{14}\.atlasv1\.[\w=-]{60,70})(?![A-Za-z0-9])",
    ),
    searching(
        "-us",
        r"(?<![A-Za-z0-9])(?P<v>[0-9a-f]{32}-us\d{1,2})(?![A-Za-z0-9])",
        screen=r"[0-9a-f]{32}-us\d",
    ),
    searching("nral", r"(?<![A-Za-z0-9])(?P<v>[0-9A-Za-z]{36}NRAL)(?![A-Za-z0-9])", screen="NRAL"),
    anchored(
        "sk",
        rf"{_NOT_INSIDE}(?P<v>SK[0-9a-f]{{32}}){_NOT_CONTINUED}",
        screen="SK[0-9a-f]{32}",
    ),
    searching(
        ":aa",
        r"(?:(?<=bot)|(?<![A-Za-z0-9]))(?P<v>\d{8,10}:AA[\w-]{33})(?![\w-])",
        screen=r"\d:AA",
    ),
    searching(
        "",
        # Facebook: an application's id and its secret
        r"(?<![A-Za-z0-9])(?P<v>\d{15,16}(?:\||%7[cC])[\w-]{27,40})(?![\w-])",
        screen=r"\d{15}\d?\|[A-Za-z0-9_-]",
    ),
    searching(
        "",
        # Digests and identifiers do not mix digits, small letters and capitals in any order.
        r"(?<![A-Za-z0-9_+/=.:@-])(?P<v>[A-Za-z0-9]{40,255})(?![A-Za-z0-9_+/=.])",
        _is_unnamed_token,
        screen=r"[A-Za-z0-9]{40}",
    ),
    anchored(
        "eyj",
        r"(?<![\w-])(?P<v>eyJ[\w-]{8,512}\.[\w-]{8,512}(?:\.[\w-]{0,1024}){0,3})",
        screen="eyJ[A-Za-z0-9_-]",
    ),
    anchored(
        "zxlk",  # base64 of eyJ: a JSON Web Token encoded twice
        r"(?<![\w-])(?P<v>ZXlK[\w+/=-]{40,512})",
        screen="ZXlK[A-Za-z0-9_-]",
    ),
    searching(
        # Discord bot tokens: base64 of the id, base64 of a time, and 27 characters or more.
        ".",
        r"(?<![\w.-])(?P<v>[MNO][A-Za-z\d_-]{23,27}\.[\w-]{6}\.[\w-]{27,38})(?![\w.-])",
        _has_mixed_tail,
        screen=r"[MNO][A-Za-z\d_-]{23,27}\.[A-Za-z\d_-]{6}\.[A-Za-z\d_-]",
    ),
    anchored(
        "hooks.slack.com",
        r"hooks\.slack\.com/(?P<v>(?:services|workflows|triggers)/[\w/+-]{20,512})",
    ),
    anchored(
        "/api/webhooks/",
        r"/api/webhooks/(?P<v>\d{15,512}/[\w-]{30,512})",
    ),
    anchored(
        "webhook.office.com",
        r"webhook\.office\.com/(?P<v>webhookb2/[^\s\"'<>]{20,400})",
    ),
    anchored(
        # `prefix_` or `prefix-` and a long random tail: keys of vendors that are not listed.
        "key_|tok_|token_|secret_|pat_|api_|sk_|auth_|bot_|access_|svc_|priv_"
        "|key-|tok-|token-|secret-|pat-|api-|sk-|auth-|bot-|access-|svc-|priv-",
        r"(?P<v>(?i:key|tok|token|secret|pat|api|sk|auth|bot|access|svc|priv)[_-]"
        r"(?:[a-z0-9]{1,8}[_-]){0,3}[A-Za-z0-9]{20,255})(?![A-Za-z0-9])",
        _has_random_tail,
        screen=r"(?i:key|tok|token|secret|pat|api|sk|auth|bot|access|svc|priv)"
        r"[_-](?:[A-Za-z0-9]{1,8}[_-])*[A-Za-z0-9]{20}",
    ),
)
