"""Rules that are data: tokens with a documented form, and secrets given away by their contexts.

Prefixes and patterns of tokens are in `tokens.toml`, contexts in `contexts.toml`; here is what
looks at a match more closely than a pattern can, and what reads pairs of
a user and a password. A token ends where no character of its alphabet
follows.
"""

from __future__ import annotations

import re
import tomllib
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from core.redaction.announcements import by_line
from core.redaction.auth_variables import is_value_of_auth
from core.redaction.changed_values import changed_in, passwords_of_calls
from core.redaction.pairs import is_cracked, is_full_of_signs, is_network_key, is_of_login_module
from core.redaction.paths import is_drawn_base64, is_drawn_name
from core.redaction.records import fields_of_rows, members_of_stored
from core.redaction.rules import Accepts, RedactionRule, always, anchored, reading, searching
from core.redaction.secret_lists import HINTS as HINTS_OF_LISTS
from core.redaction.secret_lists import SCREEN_ON_LINE, listed_on
from core.redaction.secret_values import (
    HOST,
    SPECIAL,
    has_kinds,
    has_letters,
    holds_secrets,
    is_argument,
    is_assigned_value,
    is_credential,
    is_drawn,
    is_due,
    is_identifier,
    is_inner_password,
    is_login,
    is_made_up,
    is_made_up_argument,
    is_made_up_or_signed,
    is_mixed,
    is_nothing,
    is_numbered,
    is_of_a_cache,
    is_password_like,
    is_password_part,
    is_placeholder,
    is_quoted_phrase,
    is_random,
    is_reference,
    is_response,
    is_signed,
    is_signing_key,
    is_something,
    is_stated_value,
    is_unlike_words,
    is_word,
    names_stored_secret,
    turns,
)
from core.redaction.shapes import (
    DRAWN,
    NAME_OF_AN_ID,
    STRONG,
    is_chosen,
    is_hexadecimal,
    is_joined,
    is_like_a_password,
    is_paired,
    is_part_of_system,
    is_path_token,
    is_token_alone,
    is_token_as_user,
    is_told,
    is_unannounced,
    looks_made,
    shape_of,
)
from core.redaction.statement_parameters import bound_on, drawn_alone
from core.redaction.surroundings import (
    cookies_in,
    is_address_of_a_post,
    is_beside_card,
    is_changed_value,
    is_hash_of_password,
    is_inner_field,
    is_key_of_algorithm,
    is_last_field,
    is_of_a_header,
    is_of_snmp,
    is_once,
    is_operand,
    is_path_of_a_post,
    is_piped,
    parameters_in,
)
from core.redaction.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Iterator

_DATA = Path(__file__).with_name("tokens.toml")
_CONTEXTS = Path(__file__).with_name("contexts.toml")
_NOT_INSIDE = r"(?<![A-Za-z0-9+])"
_NOT_CONTINUED = r"(?![A-Za-z0-9])"
_FEWEST_CHARACTERS = 7  # different characters
_MOST_CASE_CHANGES = 0.35  # changes of case per character: words in camel case have fewer
_WRAPPED_LINES = {64, 76}  # characters in a line of wrapped base64: RFC 7468, RFC 2045
_IN_QUERY = {"?", "&", "-", ";"}
_MAILBOX = re.compile(r"@[\w-]{1,63}\.")
_FINGERPRINT = re.compile(r"(?:[0-9A-Fa-f]{2}:){3,64}[0-9A-Fa-f]{2}")
_FINGERPRINT_OF_KEY = re.compile(r"(?:SHA256|MD5):")
_CERTAIN_LENGTH = 8  # characters
_PUBLIC_COMMUNITIES = {"public", "community"}
_SHORTEST_ENCODED = 6  # characters
# Base64 of public keys, certificates, pictures, archives, WebAssembly.
_OF_A_PUBLIC_KEY = re.compile(
    r"[\"'](?:n|x|y|kid|x5[ctu])\\{0,3}[\"']\s*:\s*\[?\s*\\{0,3}[\"']\Z"
)  # RFC 7517
_FILES_AND_KEYS = (
    *("AAAA", "MII", "iVBORw0KGgo", "/9j/", "R0lGOD", "UEsDB", "H4sI", "AGFzbQ", "JVBERi"),
    *("LS0tLS1CRUdJTiBD", "LS0tLS1CRUdJTiBQVUJM", "PHN2Zy", "UklGR", "KLUv", "Qlpo", "d09G"),
)
_PUBLIC_PREFIXES = ("sha256:", "sha256-", "sha384-", "sha512-", "sha1-", "md5:", "base64,")


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
    value, before = match["v"], match.string[max(0, match.start() - 60) : match.start()].lower()
    if value.startswith(_FILES_AND_KEYS) or before.endswith(_PUBLIC_PREFIXES):
        return False
    if _OF_A_PUBLIC_KEY.search(before) or NAME_OF_AN_ID.search(before.rpartition("\n")[2]):
        return False
    if "challenge" in before.rpartition("\n")[2]:  # what proves that a name is one's own
        return False
    if len(value) in _WRAPPED_LINES and _is_whole_line(match):  # of a certificate or a public key
        return False
    return is_mixed(value) and is_random(value) and turns(value) > len(value) // 4


def _is_whole_line(match: re.Match[str]) -> bool:
    """The match is a line by itself."""
    text, start, end = match.string, match.start(), match.end()
    return text[start - 1 : start] in {"", "\n"} and text[end : end + 1] in {"", "\n", "\r"}


def _is_setting(match: re.Match[str]) -> bool:
    """All that stands behind the name of a setting; a made-up word where more follows it."""
    value, text = match["v"], match.string
    if not is_something(match) or value in _PUBLIC_COMMUNITIES:
        return False
    begins = text.rfind("\n", 0, match.start()) + 1
    ends = text.find("\n", match.end())
    rest = text[match.end() : ends if ends >= 0 else len(text)].strip(" \t\r\"';")
    starts_line = not text[begins : match.start()].strip(" \t-")
    is_community = match["name"].lower().endswith("community")
    if starts_line and (is_community or not rest or rest.startswith("#")):
        return True
    return is_made_up(value) or SPECIAL.search(value) is not None


_OF_A_PARAMETER = re.compile(r"\A[A-Za-z][A-Za-z_.-]{2,60}=(?=[^=])")


def _is_machine_made(match: re.Match[str]) -> bool:
    """Random letters of both cases and digits: no path, no version, no host, no option's name."""
    value = _OF_A_PARAMETER.sub("", match["v"])
    if "/" in value[:2] or value.startswith(("SHA256", "./", "..")) or HOST.fullmatch(value):
        return False
    return (
        is_mixed(value) and is_random(value) and is_drawn(match) and turns(value) > len(value) // 4
    )


_ROW = re.compile(r"[a-z_]{2,24}(?::[a-z_]{2,24}\d{0,4})+")  # the key of a row or of a cache


def _is_stated(match: re.Match[str]) -> bool:
    """A value stated in a sentence, `the password for db-2 is …`, that looks like nothing else."""
    value = match["v"].rstrip(".!?)")
    lead_in = match[0][: match.start("v") - match.start()].lower()
    if is_nothing(value) or is_reference(value) or _is_public_half(match, value):
        return False
    if lead_in.startswith("key") and is_of_a_cache(match.string, match.start()):
        return False
    if _ROW.fullmatch(value):
        return False
    if lead_in.startswith(("key", "token", "secret")):
        return is_random(value) and "://" not in value and (":" in lead_in or " is" in lead_in)
    return _is_stated_password(value, lead_in)


def _is_public_half(match: re.Match[str], value: str) -> bool:
    """A fingerprint or a public key."""
    before = match.string[max(0, match.start() - 8) : match.start()].lower()
    if _FINGERPRINT_OF_KEY.match(value):
        return True
    return _FINGERPRINT.match(value) is not None or before.rstrip(" _-").endswith("public")


def _is_stated_password(value: str, lead_in: str) -> bool:
    is_explicit = lead_in.startswith("p") and lead_in.rstrip(" \"'`").endswith(
        (" is", ":", " to", " was")
    )
    if is_numbered(value) and not is_explicit:
        return False
    if any(sign in value for sign in "/()[]{}<>:") and not SPECIAL.search(value):
        return False
    if HOST.fullmatch(value):
        return False
    if _MAILBOX.search(value) or not (is_made_up(value) or _has_inner_sign(value)):
        return False
    if len(value) >= _CERTAIN_LENGTH and not lead_in.startswith("credential"):
        return True
    return any(sign in lead_in for sign in ("password", "passwort", "kennwort", " is", ":"))


def _has_inner_sign(value: str) -> bool:
    """Letters with a sign inside that stands in no word: `Winter!Sun`."""
    return has_letters(value) and SPECIAL.search(value[1:-1]) is not None


_NAME_OF_PARAMETER = re.compile(r"[A-Za-z][\w-]{0,40}=")


def _is_header(match: re.Match[str]) -> bool:
    """A value of `Authorization`; a list of parameters has a rule of its own."""
    value, following = match["v"], match.string[match.end("v") : match.end("v") + 1]
    is_parameter = _NAME_OF_PARAMETER.match(value) is not None and (
        following in {'"', "'", "\\"} or not value.endswith("=")
    )
    return is_something(match) and not is_parameter


def _is_signed_in_query(match: re.Match[str]) -> bool:
    """A signature or a key in an address, and not a key's id of AWS, which has its own rule."""
    is_in_query = match.string[match.start() - 1 : match.start()] in _IN_QUERY
    return is_in_query and is_signed(match) and not match["v"].startswith(("AKIA", "ASIA"))


def _is_webhook(match: re.Match[str]) -> bool:
    return is_random(match["v"].rsplit("/", 1)[-1]) or "/hook" in match["v"]


def _is_passed(match: re.Match[str]) -> bool:
    """What stands after `pass:` where an option or an argument begins."""
    if match[0].lower().startswith(("passin", "passout")):
        return is_argument(match)
    return is_something(match) and match.string[: match.start()].endswith(("-", " ", "="))


def _is_made_up_login(match: re.Match[str]) -> bool:
    return has_kinds(match["v"]) and not is_nothing(match["v"])


_SHORTEST_IN_NAME = 5  # characters


def _is_made(match: re.Match[str]) -> bool:
    return looks_made(match["v"])


_CALL = re.compile(
    r"(?i)(?:connect\w{0,12}|connection|__construct|logi?o?n|auth\w{0,16}|bind|credentials?|signin)"
    r"\((?P<v>(?:[^()\"'\n]{0,80}(?:\"[^\"\n]{0,200}\"|'[^'\n]{0,200}')){2,6})"
)
_QUOTED = re.compile(r"\"(?P<q>[^\"\n]{0,200})\"|'(?P<s>[^'\n]{0,200})'")


def _arguments_in(line: str) -> Iterator[tuple[int, int]]:
    """The arguments of a call that connects or logs in, but for the first."""
    for call in _CALL.finditer(line):
        for number, match in enumerate(_QUOTED.finditer(line, *call.span("v"))):
            group = "q" if match["q"] is not None else "s"
            if number and looks_made(match[group]):
                yield match.span(group)


def _is_pair_of_anybody(match: re.Match[str]) -> bool:
    return _is_made(match) and not is_hexadecimal(match["v"])


_DOCUMENT = re.compile(  # `dba/explain_orders.txt` is a file in a folder, not an account's password
    r"[\w.-]{1,120}\.(?:txt|log|out|csv|tsv|json|jsonl|ya?ml|md|conf|cfg|ini|sql|sh|py|pl|gz|zip|pdf|png)"
)


def _is_chosen(match: re.Match[str]) -> bool:
    return is_chosen(match["v"]) and not _DOCUMENT.fullmatch(match["v"])


def _is_plain_argument(match: re.Match[str]) -> bool:
    return (
        is_argument(match)
        and not is_word(match["v"])
        and not is_placeholder(match["v"].rstrip("]}|)"))
        and not names_stored_secret(match["v"], match.string, match.start("v"))
    )


_PORT = re.compile(r"\d{1,5}")


def _is_password_argument(match: re.Match[str]) -> bool:
    """What an option takes that takes only passwords, and no file with many, as attackers try."""
    value = match["v"]
    is_of_another = _PORT.fullmatch(value) or _DOCUMENT.fullmatch(value)
    return _is_plain_argument(match) and not is_of_another


def _is_passed_on(match: re.Match[str]) -> bool:
    value = match["v"]
    return not is_nothing(value) and not value.startswith(("-", "/"))


def _is_short_argument(match: re.Match[str]) -> bool:
    value = match["v"]
    return _is_passed_on(match) and (looks_made(value) or value.count(" ") > 1)


# What a key that announces secrets opens: `"password": {"plain": "…"}`.
_OBJECT = re.compile(
    r"(?i)\\{0,3}[\"'](?P<name>[\w.-]{0,40}(?:passw(?:or)?d|passphrase|secret|token|oauth|bearer|http-basic"
    r"|credentials?|private_?key|api_?key|auths?))\\{0,3}[\"']\s{0,3}:\s{0,3}\{(?P<v>[^{}]{1,600}(?:\{[^{}]{1,400}\})?)"
)
_LEAF = re.compile(
    r"\\{0,3}[\"'](?P<key>[\w.:/@-]{1,80})\\{0,3}[\"']\s{0,3}:\s{0,3}\\{0,3}[\"'](?P<v>[^\"'\\\n]{3,512})"
)
_META = re.compile(
    r"(?i)(?:.*[_.-])?(?:type|name|ref|path|version|kind|description|format|user|username|id|host|url|env|from|status|in|scheme|policy|at|date)"
)


def _members_of(text: str) -> Iterator[tuple[int, int]]:
    """The values of an object whose name announces secrets, but for those that describe it."""
    for opened in _OBJECT.finditer(text):
        is_password = "pass" in opened["name"].lower()  # pragma: allowlist secret
        for leaf in _LEAF.finditer(text, *opened.span("v")):
            value = leaf["v"]
            if is_nothing(value) or _META.fullmatch(leaf["key"]):
                continue
            if looks_made(value) or (is_password and not is_word(value)):
                yield leaf.span("v")


def _is_key_of_traffic(match: re.Match[str]) -> bool:
    return len(match["v"]) % 2 == 0


# The word in the name of a file, a folder or a service, and what follows it there.
_IN_A_NAME = re.compile(
    r"(?i:(?<![a-z])(?:passw(?:or)?d|passwort|passwd|passphrase|pass|pwd|pw|creds?|credentials?|kennwort))[-_.]{1,2}"
    r"(?P<v>[A-Za-z0-9][A-Za-z0-9!#$%&*+@^~?._-]{4,80})"
)
_EXTENSION = re.compile(r"\.[a-z][a-z0-9]{1,4}\Z|\.[a-z0-9]{1,4}\.(?:gz|xz|zst|bz2)\Z")


def _joined_in(text: str) -> Iterator[tuple[int, int]]:
    """A password that is part of a name: `backup_pw-Felix903.zip`."""
    for match in _IN_A_NAME.finditer(text):
        value = _EXTENSION.sub("", match["v"].rstrip("-_"))
        if text[match.end() : match.end() + 1] in {"(", "=", ":"}:
            continue
        while value:
            if _is_in_name(value):
                yield match.start("v"), match.start("v") + len(value)
                break
            cut = max(value.rfind(sign) for sign in "-_.")
            value = value[: max(cut, 0)]


def _is_in_name(value: str) -> bool:
    parts = re.findall(r"[A-Za-z][a-z]+|[A-Z]+", value)
    if len(parts) > 1 and any(is_part_of_system(part.lower()) for part in parts):
        return False
    return len(value) >= _SHORTEST_IN_NAME and looks_made(value)


def _is_given_community(match: re.Match[str]) -> bool:
    value = match["v"]
    if is_nothing(value) or is_word(value) or value in {"public", "string", "name"}:
        return False
    return match["mode"] is not None or is_chosen(value)


def _is_listed_password(match: re.Match[str]) -> bool:
    return looks_made(match["v"]) or match["v"].startswith(("md5", "SCRAM"))


def _is_code_of_access(match: re.Match[str]) -> bool:
    value = match["v"]
    return looks_made(value) or (value.isalnum() and has_kinds(value))


def _is_trap(match: re.Match[str]) -> bool:
    return match["v"] != "public" and looks_made(match["v"])


def _is_mapped_community(match: re.Match[str]) -> bool:
    return match["v"] != "public" and _is_passed_on(match)


_ACCEPTS: dict[str, Accepts] = {
    "": always,
    "is_address_of_a_post": is_address_of_a_post,
    "is_path_of_a_post": is_path_of_a_post,
    "is_hash_of_password": is_hash_of_password,
    "is_inner_field": is_inner_field,
    "is_key_of_algorithm": is_key_of_algorithm,
    "is_last_field": is_last_field,
    "is_of_a_header": is_of_a_header,
    "is_of_snmp": is_of_snmp,
    "is_operand": is_operand,
    "is_key_of_wallet": lambda match: is_mixed(match["v"]) or has_kinds(match["v"]),
    "is_piped": is_piped,
    "is_cracked": is_cracked,
    "is_network_key": is_network_key,
    "is_full_of_signs": is_full_of_signs,
    "is_of_login_module": is_of_login_module,
    "is_answered": lambda match: not is_nothing(match["q"] or match["b"]),
    "is_answered_plainly": lambda match: (
        not (is_nothing(match["v"] or match["q"]) or is_word(match["v"] or match["q"]))
    ),
    "is_changed_value": is_changed_value,
    "is_chosen": _is_chosen,
    "is_code_of_access": _is_code_of_access,
    "is_given_community": _is_given_community,
    "is_key_of_traffic": _is_key_of_traffic,
    "is_listed_password": _is_listed_password,
    "is_made": _is_made,
    "is_mapped_community": _is_mapped_community,
    "is_passed_on": _is_passed_on,
    "is_short_argument": _is_short_argument,
    "is_told": lambda match: is_told(match["v"]),
    "is_told_or_of_domain": lambda match: (
        _is_plain_argument(match) if match["domain"] else is_told(match["v"])
    ),
    "is_told_or_id": lambda match: is_told(match["v"]) or is_identifier(match["v"]),
    "is_joined": is_joined,
    "is_like_a_password": is_like_a_password,
    "is_pair_of_anybody": _is_pair_of_anybody,
    "is_paired": is_paired,
    "is_path_token": is_path_token,
    "is_new_value": lambda match: (
        is_told(match["v"]) or (len(match["v"]) >= _CERTAIN_LENGTH and is_drawn_name(match["v"]))
    ),
    "is_token_alone": is_token_alone,
    "is_token_as_user": is_token_as_user,
    "is_unannounced": is_unannounced,
    "is_trap": _is_trap,
    "has_digits": lambda match: any(map(str.isdigit, match["v"])),
    "is_assigned_value": is_assigned_value,
    "is_header": _is_header,
    "is_login": is_login,
    "is_long_argument": lambda match: (
        is_made_up_argument(match)
        and len(match["v"]) >= _SHORTEST_ENCODED
        and ("/" not in match["v"] or is_drawn_base64(match["v"]))
    ),
    "is_made_up_login": _is_made_up_login,
    "is_passed": _is_passed,
    "is_drawn_or_hexadecimal": lambda match: (
        shape_of(match["v"]) == DRAWN or is_hexadecimal(match["v"])
    ),
    "is_strong": lambda match: shape_of(match["v"]) >= STRONG,
    "is_strong_or_hexadecimal": lambda match: (
        shape_of(match["v"]) >= STRONG or is_hexadecimal(match["v"])
    ),
    "is_beside_card": is_beside_card,
    "is_due": is_due,
    "is_due_alone": lambda match: is_due(match) and not HOST.fullmatch(match["v"]),
    "is_once": is_once,
    "is_password_part": is_password_part,
    "is_plain_argument": _is_plain_argument,
    "is_password_argument": _is_password_argument,
    "is_plain_value": lambda match: is_argument(match) and is_something(match),
    "is_quoted_phrase": is_quoted_phrase,
    "is_signed_in_query": _is_signed_in_query,
    "is_signing_key": is_signing_key,
    "is_stated": _is_stated,
    "is_unlike_words": is_unlike_words,
    "is_value_of_auth": is_value_of_auth,
    "is_webhook": _is_webhook,
    "is_credential": is_credential,
    "is_inner_password": is_inner_password,
    "is_machine_made": _is_machine_made,
    "is_made_up_argument": is_made_up_argument,
    "is_made_up_or_signed": is_made_up_or_signed,
    "is_argument": is_argument,
    "is_password_like": is_password_like,
    "is_stated_value": is_stated_value,
    "is_pin": is_something,
    "is_response": is_response,
    "is_setting": _is_setting,
    "is_something": is_something,
    "is_unmasked": lambda match: not is_nothing(match["v"].strip()),
    "has_kinds": lambda match: has_kinds(match["v"]),
    "has_kinds_in_tail": lambda match: has_kinds(match["v"].split("_", 2)[2]),
    "has_mixed_tail": _has_mixed_tail,
    "has_random_tail": _has_random_tail,
    "holds_secrets": holds_secrets,
    "is_mixed": lambda match: is_mixed(match["v"]),
    "is_unnamed_token": _is_unnamed_token,
}


def _read_rules() -> Iterator[RedactionRule]:
    """The rules of the data files, in their order."""
    data = tomllib.loads(_DATA.read_text(encoding="utf-8"))
    # One screen for all prefixes, so that lines are searched for all of them at once.
    every = [prefix for entry in data["prefixed"] for prefix in entry["prefixes"]]
    screen = rf"(?:{'|'.join(every).replace('.', '[.]')})[A-Za-z0-9_.-]"
    for entry in data["prefixed"]:
        yield _prefix_rule(entry["prefixes"], entry["tail"], screen)
    contexts = tomllib.loads(_CONTEXTS.read_text(encoding="utf-8"))
    fragments = contexts["fragments"] | {"accounts": "|".join(WORDS["ordinary"]["accounts"])}
    for entry in [*data["patterned"], *contexts["patterned"]]:
        make = anchored if entry.get("anchored") else searching
        hints, accepts = "|".join(entry["hints"]), _ACCEPTS[entry.get("accepts", "")]
        pattern, screen = entry["pattern"], entry.get("screen", "")
        for name, fragment in fragments.items():
            pattern = pattern.replace(f"%{{{name}}}", fragment)
            screen = screen.replace(f"%{{{name}}}", fragment)
        yield make(hints, pattern, accepts, screen=screen)


def _prefix_rule(prefixes: list[str], tail: str, screen: str) -> RedactionRule:
    alternatives = "|".join(map(re.escape, prefixes))
    return anchored(
        "|".join(prefixes).lower(),
        rf"{_NOT_INSIDE}(?P<v>(?:{alternatives}){tail}){_NOT_CONTINUED}",
        _check_variety(len(prefixes[0])),
        screen=screen,
    )


READERS = (
    reading(
        "cookie",
        partial(by_line, cookies_in),
        screen=r"(?i-u:cookie)\\?[\"']?\]?[ \t]*[:=]",
    ),
    reading(
        "authorization",
        partial(by_line, parameters_in),
        screen=r"(?i:authorization).*[:=].*=",
    ),
    reading(
        "connect(|connection(|connector(|connect_|connectasync(|__construct|login(|logon(|auth|bind(|credential|signin(",
        partial(by_line, _arguments_in),
        screen=r"\(.*[\"'],.*[\"'].*[0-9!#%^*~$?&._-]",
    ),
    reading(
        "pdo|mysqli|connect|getconnection|imap_open|_login|.login|->login|::login|auth|bind|credential|soapclient"
        "|logon",
        partial(by_line, passwords_of_calls),
        screen=r"[A-Za-z] ?\(.*[\"'].*,.*[\"']",
    ),
    reading(
        "pass|pwd|pw|kennw|contrase|clave|senha|parol|wachtw|has|heslo|kodeord|salasana|secret|psk|credential",
        partial(by_line, changed_in),
        screen=r" (?:->|→|=>|to|into|auf|zu|nach|à|a|en|para|naar|till|til|na|in"
        r"|la) [\"'`*]*[^ ]*[0-9]",
    ),
    reading(HINTS_OF_LISTS, partial(by_line, listed_on), screen=SCREEN_ON_LINE),
    reading(
        "insert |replace ",
        partial(by_line, fields_of_rows),
        screen=r"(?i:insert|replace) .*(?i:pass|pwd|pw|secret|token|key|salt|hash|otp|pin|cred"
        r"|digest|kennwort|senha|contrasena|clave|heslo|mdp|authentication).*(?i:value)",
    ),
    reading(
        "secretstring|secret_string|secretvalue",
        partial(by_line, members_of_stored),
        screen=r"(?i:secret_?string|secretvalue)\\?\"\s?:\s?\"",
    ),
    reading(
        "парол|şifre|lösen",
        partial(by_line, changed_in),
        screen=r"(?:->|→|=>|на|to|in) [\"'`*]*[^ ]*[0-9]",
    ),
    reading(
        "pass|secret|token|oauth|bearer|http-basic|credential|key|auth",
        _members_of,
        screen=r"[\"'][ ]*:[ ]*\{[^{}]*:",
    ),
    reading(
        "pass|pwd|pw-|pw_|pw.|cred|kennwort",
        _joined_in,
        screen=r"(?i:pass|passw|password|passwd|passphrase|pwd|pw|cred|creds|credentials|kennwort|passwort)[-_.][A-Za-z]",
    ),
    reading(
        "insert |update |select |call |exec |merge ",
        partial(by_line, bound_on),
        screen=r"(?i:insert|update|select|call|exec|merge) "
        r".*(?:\?|[$][0-9]|%s|[:@][a-z])[^\n]*[\[('\"]",
    ),
    reading(
        "parameter|params|binding|failing row",
        partial(by_line, drawn_alone),
        screen=r"(?i-u:parameters?|params|bindings?)[ \]\"']*(?:[:=\[(]|<-)|(?i-u:failing row)",
    ),
)
RULES = (*_read_rules(), *READERS)
