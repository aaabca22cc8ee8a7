"""How much a value looks like a secret by itself, from an ordinary word to what a machine drew."""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise

from core.redaction.paths import is_drawn_base64, is_drawn_name
from core.redaction.secret_values import (
    UUID,
    entropy,
    has_drawn_part,
    has_kinds,
    is_encoded_text,
    is_mixed,
    is_nothing,
    is_numbered,
    is_numbered_words,
    is_passphrase,
    is_reference,
    is_word,
    turns,
)
from core.redaction.words import WORDS

# How much a value looks like a secret, see `shape_of`.
ORDINARY, NUMBERED, COINED, STRONG, DRAWN = range(5)
_SHORTEST_VALUE, _SHORTEST_STRONG, _SHORTEST_DRAWN, _SHORTEST_SEGMENT = 5, 8, 16, 5  # characters
_FEWEST_TURNS, _FEWEST_CHANGES = 0.12, 0.3  # a character: of case; of letters and digits
_FEWEST_CHANGES_OF_ONE_CASE = 0.2
_ORDINARY = re.compile(
    r"[\d.,:/+-]+[a-z%]{0,6}"  # counts, versions, times
    r"|v?\d+(?:\.\d+)+[\w.+~-]*"
    r"|\d{4}-\d\d-\d\d\S*|\d{1,2}[/-][A-Z][a-z]{2}[/-]\d{4}\S*|P?T\d+[HMS]\S*"
    r"|[A-Za-z]:[\\/].*|\\\\.*|[~.]{0,2}/.*|\S*://.*|@[\w./-]+"  # paths, addresses
    r"|[\w.+-]+@[\w.-]+(?:\.[a-z]{2,}|\d)(?::\d+)?"  # mailboxes, accounts on hosts
    r"|(?:[A-Za-z0-9-]+\.)+[a-z]{2,24}\.?(?:/\S*)?"  # hosts, files
    r"|[\w.-]+\.(?:py|js|ts|go|rs|java|log|conf|cfg|ya?ml|json|toml|xml|html?|sql|sh|md|txt|gz|zip"
    r"|tgz|tar|so|dll|exe|jar|pem|crt|key|p12|jks|db|csv|docx?|pdf|png|jpe?g|deb|rpm|whl|hprof|c"
    r"|service|gpg|asc|env|ini|lock|mp[34]|wav|h|cpp|rb|php|kt|class)(?:[.:-]\d+)*"
    r"|--?[A-Za-z][\w-]*|[$%].*"  # options, variables
    r"|(?:[0-9A-Fa-f]{2}[:-]){2,}[0-9A-Fa-f]{2}|0x[0-9A-Fa-f]+|(?:Ed|X)\d{3,5}"
    r"|(?:[A-Z][A-Z0-9]{0,11}|[A-Z]+\d*)(?:[_-][A-Z0-9]{1,12})*"  # constants, ciphers
    r"|(?:[A-Z]{2,6}|[a-z]{2,12})[-_]?\d{1,3}(?:[-_][A-Za-z]+)*"
    r"|[a-z_]\w*(?:::\w+)+|[A-Za-z_]\w*(?:[./][A-Za-z_]\w*)+\S?"  # names in code
    r"|[A-Za-z]+(?:\$[A-Z]?[a-z]+)+"
    r"|[a-z]+(?:[_-][a-z]+){1,8}"
)
_KEBAB = re.compile(  # names of services, hosts, pods: words and numbers, and hashes at the end
    r"(?:[a-z]+\d{0,3}|\d{1,4})(?:[-_.](?:[a-z]+\d{0,3}|\d{1,6}))*(?:[-_.][a-f0-9]{6,10})?"
    r"(?:[-_.][a-z0-9]{5})?"
)
_CAMEL = re.compile(r"(?:[A-Za-z][a-z]{2,}+|[A-Z](?![a-z])|\d(?!\d)|[._$-])+")
_SEVERAL_NUMBERS = re.compile(r"(?=[A-Z]*[a-z])[A-Za-z]+\d[A-Za-z]+\d[A-Za-z0-9]*")
_COINED = re.compile(
    r"(?:[A-Za-z][a-z]{2,}(?:[A-Z][a-z]+){0,4}|[a-z]{1,2}(?:[A-Z][a-z]{2,}){1,3})[-_.@#]?\d{2,6}"
)
_CHOSEN = re.compile(r"[A-Za-z][a-z]{3,}(?:_[a-z]{3,})*[-_.@]?\d{1,6}[!?*.]{0,2}")
# What else a sentence may tell, also with the name of a system: `Orders2025`, `Helios_root`.
_TOLD = re.compile(
    r"[A-Z][a-z]{3,}(?:[-_.]?\d{2,6}|_[a-z]{3,}\d{0,4}|-[a-z]{3,}(?<!ed|ve|ly|ic|al)\d{0,4})[!?]?"
)
_ALGORITHM = re.compile(r"(?i)(?:base\d\d|argon2|bcrypt|sha\d|md5|scrypt|pbkdf2|aes)")
_SIGNED = re.compile(r"[A-Za-z][A-Za-z0-9]*[!#%^*~$?&+@][\w!#%^*~$?&+@.-]*")
_HEXADECIMAL = re.compile(r"[0-9a-f]{16,}|[0-9A-F]{16,}")
_BASE32 = re.compile(r"[A-Z2-7]{16,}")  # as keys of one-time codes are written (RFC 4648)
_LONG_DRAWN = 40  # characters: longer than names in code with as many changes of case
_LONG_BASE32, _AWS_IDS = 26, {"IA", "DA", "OA", "PA", "VA", "CA"}
_NAMED_UUID = re.compile(rf".{{0,24}}[/:_.-]{UUID.pattern[4:]}.{{0,24}}", re.IGNORECASE)
_OF_SYSTEMS = frozenset(WORDS["systems"]["words"])
_DENSE_BITS, _SHORTEST, _MOST_EXAMINED = 3.0, 12, 200  # bits a character; characters
TAIL = ".,;:!?*_\\"
_LONG_UNANNOUNCED = 28  # characters
_LONG_TOKEN = 20  # characters
_MOST_CASE_CHANGES = 0.4  # a character
_FEWEST_WORDS = 3
_GROUPED = re.compile(r"(?=.*\d.*\d)(?:[A-Z0-9]{4,6}-){2,7}[A-Z0-9]{4,6}")  # as licences are
_CONSONANTS = re.compile(r"[B-DF-HJ-NP-TV-XZ2-7]{5}")  # as in no word
_ALPHABET = re.compile(r"[A-Za-z0-9+/_.~-]+={0,2}")
_FILE_OR_KEY = re.compile(
    r"AAAA[BCE]|age1|MII[A-Za-z]|iVBORw|/9j/|R0lGOD|UEsDB|H4sI|AGFzbQ|JVBERi|LS0tLS1CRUdJTiB[DQ]|PHN2Zy"
    r"|UklGR|KLUv|Qlpo|d09G|SHA256|sha\d|md5|0x|ssh-|eyJ|_Z|BPF_|ARN|arn"
)


@lru_cache(maxsize=4096)
def shape_of(value: str) -> int:  # noqa: PLR0911 - a list of cases, in order
    """How much the value looks like a secret, by itself: ORDINARY to DRAWN."""
    if len(value) < _SHORTEST_VALUE or is_nothing(value) or UUID.fullmatch(value):
        return ORDINARY
    if is_passphrase(value):
        return COINED if is_wordy(value) else NUMBERED
    if is_numbered_words(value):
        return NUMBERED
    if _NAMED_UUID.fullmatch(value):
        return ORDINARY
    if _BASE32.fullmatch(value) and _CONSONANTS.search(value):
        return DRAWN
    if _GROUPED.fullmatch(value) and has_kinds(value):
        return STRONG
    if len(value) >= _LONG_DRAWN and is_mixed(value) and not _FILE_OR_KEY.match(value):
        return DRAWN if is_drawn_token(value) else _shape_of_signed(value)
    return _shape_of_signed(value)


def _shape_of_signed(value: str) -> int:
    """Of what may hold slashes, as paths and base64 do."""
    if is_drawn_base64(value) and not _FILE_OR_KEY.match(value):
        return DRAWN if is_drawn_token(value) else STRONG
    return _shape_of_named(value)


def _shape_of_named(value: str) -> int:
    """Of what may be a name."""
    if not has_drawn_part(value) and (
        _ORDINARY.fullmatch(value) or is_reference(value) or _FILE_OR_KEY.match(value)
    ):
        return ORDINARY
    if _HEXADECIMAL.fullmatch(value):
        return NUMBERED if value.isdecimal() else COINED
    has_digit = any(map(str.isdigit, value))
    if not has_digit and not _SIGNED.fullmatch(value):
        return COINED if _is_drawn_word(value) else ORDINARY
    if is_numbered(value) and not _COINED.fullmatch(value):
        return NUMBERED
    if _KEBAB.fullmatch(value):
        return NUMBERED
    return _shape_of_mixed(value)


def _shape_of_mixed(value: str) -> int:
    """Of letters with digits or signs."""
    if len(value) >= _SHORTEST_DRAWN and is_drawn_token(value):
        return DRAWN
    if _COINED.fullmatch(value):
        return COINED
    if _CAMEL.fullmatch(value):  # `Http2Handler`; no name has several numbers, as `Kq0yxvf9H7` has
        return COINED if _SEVERAL_NUMBERS.fullmatch(value) else NUMBERED
    has_sign = _SIGNED.fullmatch(value) is not None
    has_digit, has_upper = any(map(str.isdigit, value)), any(map(str.isupper, value))
    has_lower = any(map(str.islower, value))
    if "/" in value or "\\" in value or not (has_upper or has_lower):
        return ORDINARY
    if has_digit and len(value) >= _SHORTEST_STRONG and (has_sign or (has_upper and has_lower)):
        return STRONG
    return COINED if has_digit or has_sign else ORDINARY


def _is_drawn_word(value: str) -> bool:
    """Letters alone whose case changes as in no word: `qWmRtLxPvZ`."""
    return (
        value.isascii()
        and value.isalpha()
        and len(value) >= _SHORTEST_STRONG
        and (turns(value) > _MOST_CASE_CHANGES * len(value))
    )


def is_drawn_token(value: str) -> bool:  # noqa: PLR0911 - a list of cases
    """Material that a machine drew: no words, no hexadecimal, many changes between classes."""
    if not _ALPHABET.fullmatch(value) or value.count("/") > max(2, len(value) // 12):
        return False
    segments = re.split(r"[-_./~+=]", value)
    joined, longest = "".join(segments), max(map(len, segments))
    if len(joined) < _SHORTEST_DRAWN or _HEXADECIMAL.fullmatch(joined.lower()):
        return False
    if entropy(joined[:_MOST_EXAMINED]) < _DENSE_BITS or longest < _SHORTEST_SEGMENT:
        return False
    classes = [_class_of(character) for character in joined]
    changes = sum(a != b for a, b in pairwise(classes)) / len(classes)
    match "".join(sorted(set(classes))):
        case "0Aa":
            return changes >= _FEWEST_CHANGES and turns(joined) >= _FEWEST_TURNS * len(joined)
        case "0a" | "0A":
            is_one = longest >= _SHORTEST and not _KEBAB.fullmatch(value)
            return is_one and changes >= _FEWEST_CHANGES_OF_ONE_CASE
        case "Aa":
            return len(joined) >= _LONG_TOKEN and turns(joined) > _MOST_CASE_CHANGES * len(joined)
    return False


def _class_of(character: str) -> str:
    if character.isdigit():
        return "0"
    return "A" if character.isupper() else "a"


def is_hexadecimal(value: str) -> bool:
    """Hexadecimal digits of one case, sixteen or more."""
    return _HEXADECIMAL.fullmatch(value) is not None


def is_base32(value: str) -> bool:
    """Base32 of random bytes, of a length that keys have; no id of AWS."""
    is_long_enough = len(value) % 8 == 0 or len(value) >= _LONG_BASE32
    return is_long_enough and _BASE32.fullmatch(value) is not None and value[2:4] not in _AWS_IDS


def is_wordy(value: str) -> bool:
    """Three words or more, none of which names a part of a system: `maple-river-stone`."""
    words = re.findall(r"[a-z]+", value)
    return (
        is_passphrase(value) and len(words) >= _FEWEST_WORDS and not _OF_SYSTEMS.intersection(words)
    )


def is_chosen(value: str) -> bool:
    """The same, or a word and digits, `welkom86`: only where a password is due."""
    bare = value.rstrip(".,;:")
    if looks_made(bare) or is_numbered_words(bare):
        return True
    return _CHOSEN.fullmatch(bare) is not None and not is_system_name(bare.rstrip("!?"))


@lru_cache(maxsize=4096)
def is_told(value: str) -> bool:
    """The same, and a capitalised word with digits or another word: where a sentence tells it."""
    bare = value.rstrip(".,;:")
    if _ALGORITHM.match(bare) or is_nothing(bare):
        return False
    if "-" in bare and any(part.lower() in _OF_SYSTEMS for part in bare.split("-")):
        return False
    return is_chosen(bare) or _TOLD.fullmatch(bare) is not None


def is_part_of_system(word: str) -> bool:
    """A word that names a part of systems: `server`."""
    return word in _OF_SYSTEMS


def is_system_name(value: str) -> bool:
    """A word that names a part of a system, with a number: `server01`, `Backend-42`."""
    word = re.match(r"[A-Za-z]+", value)
    if word is None or not re.fullmatch(r"[A-Za-z]+[-_.]?\d{1,6}", value):
        return False
    return any(part.lower() in _OF_SYSTEMS for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+", word[0]))


def looks_made(value: str) -> bool:
    """No name of a system, no count: what a person or a machine made up as a password."""
    bare = value.rstrip(".,;:!?")
    if bare.isdecimal() or is_nothing(bare) or is_word(bare):
        return False
    return shape_of(bare) >= COINED and not is_system_name(bare)


def _ends_in(names: str) -> re.Pattern[str]:
    """A text that ends in one of these names, before its value."""
    return re.compile(
        r"(?i)(?:^|[\s\"'`(\[{,;|<&?])[\w.-]{0,40}?(?:(?<![a-z])(?:"
        + "|".join(WORDS["ordinary"][names])
        + r"))\\?[\"'`]?\s*(?:[=:#>]|\bis\b)?\s*[\"'`(\[«]{0,2}$"
    )


ORDINARY_NAME, NAME_OF_AN_ID = _ends_in("names"), _ends_in("ids")
_PUBLIC_LINE = re.compile(
    r"(?i)public|dkim|base64|certificate|ssh-(?:rsa|ed25519|dss)|ecdsa-|fingerprint|data:|-----|integrity"
    r"|sha\d{1,3}|challenge|csp|nonce-"
)
_OF_A_PUBLIC_KEY = re.compile(  # RFC 7517
    r"[\"'](?:n|x|y|kid|x5[ctu]|x5t#S256)\\{0,3}[\"']\s*:\s*\[?\s*\\{0,3}[\"']\Z"
)
_LINE_OF_A_BLOCK = 40  # characters
_PUBLIC_END = re.compile(r"\s*\n-----END (?![A-Z ]*PRIVATE)")  # after a block's last, short line
_ACCOUNTS = frozenset(WORDS["ordinary"]["accounts"])
_SHORTEST_LETTERS = 16  # characters
# A word, digits and a sign, `Mai2025!`; or letters, digits among them, and signs: `Br0ken-Arrow!7`.
_PASSWORD_LIKE = re.compile(
    r"[A-Z][a-z]{2,14}(?:[A-Z][a-z]{2,14}){0,2}(?:[-_.@]?\d{2,6}[!*^~$]{1,2}|[!*^~$]\d{2,6})"
    r"|(?=.*[a-z])(?=.*[A-Z])(?=.*(?:\d[A-Za-z]|[A-Za-z]\d[^A-Za-z\d]))(?=.{2,}[!^~*]|.*[A-Za-z0-9][#$%&?][A-Za-z0-9]).{8,}"
)


def is_unannounced(match: re.Match[str]) -> bool:
    """So long and so random that it is a secret wherever it stands, unless its name says not."""
    value = match["v"]
    if shape_of(value) != DRAWN or not (is_mixed(value) or value.isupper()):
        return False
    if len(value) < _LONG_UNANNOUNCED and not is_base32(value):
        return False
    before = match.string[max(0, match.start() - 120) : match.start()].rpartition("\n")[2]
    after = match.string[match.end() : match.end() + 80].partition("\n")[0]
    is_alone = not before.strip() and not after.strip()
    if is_alone and (
        len(value) >= _LINE_OF_A_BLOCK or _PUBLIC_END.match(match.string, match.end())
    ):
        return False  # a line of a block, of which its first line says what it is
    if _PUBLIC_LINE.search(before) or NAME_OF_AN_ID.search(before[-80:]):
        return False
    if _OF_A_PUBLIC_KEY.search(before) or _is_host(value, before):
        return False
    return not is_encoded_text(value)


def _is_host(value: str, before: str) -> bool:
    """The host of an address without a path: a provider may have drawn its first label."""
    return before.endswith(":") and value.startswith("//") and "/" not in value[2:]


def is_paired(match: re.Match[str]) -> bool:
    """The password after an account or a mailbox, and a colon."""
    value = match["v"].rstrip(TAIL)
    is_known = match["user"].lower() in _ACCOUNTS or "@" in match["user"]
    return shape_of(value) >= (COINED if is_known else STRONG) and not value.isdecimal()


def _is_full_of_signs(value: str) -> bool:
    """Two signs or more inside, beside letters of both cases and digits: `a00_f^~UnGtT`."""
    return (
        len(re.findall(r"[!^~*#$%&?@](?=.)", value[1:])) > 1
        and is_mixed(value)
        and "@" not in value[-12:]
    )


def is_like_a_password(match: re.Match[str]) -> bool:
    """What nobody writes but for a password."""
    value = match["v"].rstrip(TAIL.replace("!", ""))
    if (
        not (_PASSWORD_LIKE.fullmatch(value) or _is_full_of_signs(value))
        or shape_of(value) < COINED
        or "?" in value[:-1]
    ):
        return False
    before = match.string[max(0, match.start() - 80) : match.start()].rpartition("\n")[2]
    return ORDINARY_NAME.search(before) is None


def is_joined(match: re.Match[str]) -> bool:
    """A value in a name, after the word that announces it: `Passwort-Kaffee2019!`."""
    value = match["v"].rstrip("_-")
    return (
        max(shape_of(value), shape_of(value.split("-")[0])) >= STRONG
        or is_wordy(value)
        or _PASSWORD_LIKE.fullmatch(value) is not None
        or (len(value) >= _SHORTEST_LETTERS and value.isalpha() and 3 * turns(value) > len(value))
    )


def is_token_as_user(match: re.Match[str]) -> bool:
    """A token where an address names its user: hexadecimal or drawn, and no account's words."""
    value = match["v"]
    if is_hexadecimal(value):
        return has_kinds(value)
    return is_drawn_name(value)


def is_token_alone(match: re.Match[str]) -> bool:
    """The same where no password stands beside it: shorter ones and such as hold words, too."""
    value = match["v"]
    is_long = len(value) >= _LONG_TOKEN
    return (
        shape_of(value) >= STRONG or is_hexadecimal(value) or (is_long and is_token_as_user(match))
    )


def is_path_token(match: re.Match[str]) -> bool:
    """The part of an address that whoever has it may open."""
    return shape_of(match["v"]) == DRAWN and is_mixed(match["v"])
