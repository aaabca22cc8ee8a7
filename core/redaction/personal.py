"""Rules for personal data whose form can be checked: cards, accounts, phone numbers, e-mail."""

from __future__ import annotations

import re

from core.redaction.rules import CARD, EMAIL, IBAN, PHONE, SSN, anchored, searching

# Lengths of an IBAN by country: SWIFT's IBAN registry.
_IBAN_LENGTHS = {
    "AD": 24,
    "AE": 23,
    "AL": 28,
    "AT": 20,
    "AZ": 28,
    "BA": 20,
    "BE": 16,
    "BG": 22,
    "BH": 22,
    "BI": 27,
    "BR": 29,
    "BY": 28,
    "CH": 21,
    "CR": 22,
    "CY": 28,
    "CZ": 24,
    "DE": 22,
    "DJ": 27,
    "DK": 18,
    "DO": 28,
    "EE": 20,
    "EG": 29,
    "ES": 24,
    "FI": 18,
    "FK": 18,
    "FO": 18,
    "FR": 27,
    "GB": 22,
    "GE": 22,
    "GI": 23,
    "GL": 18,
    "GR": 27,
    "GT": 28,
    "HR": 21,
    "HU": 28,
    "IE": 22,
    "IL": 23,
    "IQ": 23,
    "IS": 26,
    "IT": 27,
    "JO": 30,
    "KW": 30,
    "KZ": 20,
    "LB": 28,
    "LC": 32,
    "LI": 21,
    "LT": 20,
    "LU": 20,
    "LV": 21,
    "LY": 25,
    "MC": 27,
    "MD": 24,
    "ME": 22,
    "MK": 19,
    "MN": 20,
    "MR": 27,
    "MT": 31,
    "MU": 30,
    "NI": 28,
    "NL": 18,
    "NO": 15,
    "OM": 23,
    "PK": 24,
    "PL": 28,
    "PS": 29,
    "PT": 25,
    "QA": 29,
    "RO": 24,
    "RS": 22,
    "RU": 33,
    "SA": 24,
    "SC": 31,
    "SD": 18,
    "SE": 24,
    "SI": 19,
    "SK": 24,
    "SM": 27,
    "SO": 23,
    "ST": 25,
    "SV": 28,
    "TL": 23,
    "TN": 24,
    "TR": 26,
    "UA": 29,
    "VA": 22,
    "VG": 24,
    "XK": 20,
    "YE": 30,
}


def is_card(number: str) -> bool:
    """Whether the number passes Luhn's check digit (ISO/IEC 7812-1)."""
    digits = [int(digit) for digit in number if digit.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 1


def is_iban(text: str) -> bool:
    """Whether length by country and remainder 97 are right (ISO 13616, ISO/IEC 7064)."""
    compact = re.sub(r"[ -]", "", text).upper()
    if len(compact) != _IBAN_LENGTHS.get(compact[:2]):
        return False
    return (
        int("".join(str(int(character, 36)) for character in compact[4:] + compact[:4])) % 97 == 1
    )


_REMOTE = re.compile(
    r"(?<![\w-])(?:ssh|scp|sftp|rsync|mosh|ssh-copy-id|ssh-keygen)[ ](?:[^|;&\n]{0,80}[ ])?\Z"
)


# The id of a message (RFC 5322) has the form of a mailbox, and nobody reads mail there.
_ID_OF_MAIL = re.compile(
    r"(?i)(?:message[_ -]?id|references|in-reply-to)(?:[:=][^\n]{0,180}<|[\"']?\s?[:=]\s?[\"']?)\Z"
)


# A service's principal of Kerberos, `HTTP/web.corp.example@CORP.EXAMPLE`: the realm is in capitals.
_REALM = re.compile(r"[^@]*@[A-Z][A-Z0-9.-]{0,253}")
_SERVICE = re.compile(r"(?<![\w./-])[A-Za-z][\w-]{0,30}/\Z")


def _is_principal(match: re.Match[str]) -> bool:
    at = match.start("v")
    is_of_service = _SERVICE.search(match.string, max(0, at - 40), at) is not None
    return is_of_service and _REALM.fullmatch(match["v"]) is not None


# The log of an Erlang node, whose host has no domain: `rabbit@mq-1.log`.
_NODE_FILE = re.compile(r"(?i)[\w-]+@[\w-]+\.(?:log|txt|json|conf|config|ya?ml|gz|pid|dump)")


def _is_mailbox(match: re.Match[str]) -> bool:
    """Refuses units (getty@tty1.service), files (rabbit@mq-1.log), repositories, logins."""
    if _is_machine_login(match) or _is_principal(match):
        return False
    after = match.string[match.end() : match.end() + 2]
    if match["v"].startswith("git@") and after[:1] == ":":
        return False
    if _ID_OF_MAIL.search(match.string, max(0, match.start() - 200), match.start()):
        return False
    if after in {":~", ":/"}:  # a shell's prompt, a copy to another host
        return False
    if _URL_LOGIN.search(match.string, max(0, match.start() - 300), match.start()):
        return _is_user_of_address(match)
    units = (".service", ".socket", ".timer", ".mount", ".target", ".scope", ".slice", ".device")
    return not (match["v"].lower().endswith(units) or _NODE_FILE.fullmatch(match["v"]))


# `://alerts@shop.example:…@smtp.example`: the user is a mailbox, and the address has another host.
_PASSWORD_AND_HOST = re.compile(r":(?:(?!://)[^\s\"'<>]){1,256}@[\w\[]")


def _is_user_of_address(match: re.Match[str]) -> bool:
    begins = match.string[max(0, match.start() - 3) : match.start()] == "://"
    return begins and _PASSWORD_AND_HOST.match(match.string, match.end()) is not None


def _is_machine_login(match: re.Match[str]) -> bool:
    """An account on a host of one's own, or a name of SSH: no mail gets there."""
    value, text = match["v"].lower(), match.string
    if value.endswith(
        (".internal", ".local", ".lan", ".corp", ".svc", "@libssh.org", "openssh.com")
    ):
        return True
    begins = text.rfind("\n", 0, match.start()) + 1
    return _REMOTE.search(text, max(begins, match.start() - 120), match.start()) is not None


def _is_ssn(match: re.Match[str]) -> bool:
    """Refuses what the SSA never issues: area 000, 666 or over 899, group 00, serial 0000."""
    area, group, serial = match["area"], match["group"], match["serial"]
    return area not in {"000", "666"} and area < "900" and group != "00" and serial != "0000"


_URL_LOGIN = re.compile(r"://[^\s/?#\"'<>]{0,290}\Z")  # the part of a URL before its host

_CARD_NUMBER = (
    r"(?<![\w.+-])(?P<v>(?:4\d{3}|5[1-5]\d\d|2[2-7]\d\d|6(?:011|5\d\d|4[4-9]\d)|35[2-8]\d)"
    r"([ -]?)\d{4}\2\d{4}\2\d{4}(?:\2\d{3})?|3(?:[47]\d\d|0[0-5]\d|[68]\d\d)([ -]?)\d{6}\3\d{4,5})"
    r"(?![\w-]|\.\d)"
)
_SSN_WORDS = r"(?i:ssn|social security|social insurance|national insurance|tax id|itin)"

_PHONE_WORDS = (
    "phone|mobile|tel|fax|call|cell|sms|msisdn|whatsapp|dial|reach|contact|text|answer|message|ring"
)
# In other languages; what follows is in groups, `690 90 73 63`, or has nine digits and more.
_FOREIGN_PHONE_WORDS = (
    "móvil|movil|teléfono|telefono|téléphone|telephone|portable|celular|cellulare|handy|mobil|telefon|telefoon|mobiel"
    "|telefone|telemóvel|komórk|numer tel|puhelin|телефон"
    "|мобильн|gsm|rufnummer|móv|电话|手机|電話|携帯"
    "|전화|휴대폰"
)
_NOT_WITHIN = r"(?:^|[^A-Za-z0-9_.+-])"  # in screens: not within a longer number or word
_GROUPED_NUMBER = re.compile(
    r"\+?\(?\d{1,4}\)?(?:[ .-]\d{2,4}){2,5}|0?\d{9,12}"
    r"|\(?\d{2}\)?[ -]?9\d{4}-\d{4}|0\d{1,3}-\d{6,8}"  # of Brazil, of the Netherlands
)
# A count, in groups of three or none; numbers of mobile phones in China end so, too.
_COUNT = re.compile(r"(?!1[3-9]\d{9}$)\d{1,3}(?:[ .]?\d{3}){0,5}[ .]?000")
_PHONE_WORD = re.compile(r"(?i)phone|tel\b|mobile|fax|msisdn|sms|whatsapp|cell")
_LETTER = re.compile(r"[A-Za-z]")
_FEWEST_DIGITS, _MOST_DIGITS = 7, 15  # digits
_SIZES = re.compile(r"[0-9]{4,8}(?: [0-9]{4,8}){2,3}")  # `text: 1024 2048 4096`
_DATE_OR_ADDRESS = re.compile(
    r"\d{4}[-/.]\d\d[-/.]\d\d|\d{1,3}(?:\.\d{1,3}){3}|\d{1,2}[./-]\d{1,2}[./-]\d{4}"
)
# A line that a diff adds: `+203.0.113.140`.
_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_ADDED_ADDRESS = re.compile(rf"\+{_OCTET}(?:\.{_OCTET}){{3}}")
_COUNTER_NAME = re.compile(
    r"(?i)(?:id|ids|offset|seq|time|ts|count|bytes|size|nonce|span|trace|number|uid|serial|block|lsn)"
    r"[\"']?\s?[=:]\s?[\"']?$"
)


def _any_case(words: str) -> str:
    """The words in small letters and with a capital, for screens, which know ASCII classes only."""
    return "|".join(f"{word}|{word.capitalize()}" for word in words.split("|"))


def _is_phone(match: re.Match[str]) -> bool:
    """Whether the number of digits fits, and the text is no date, time or IP address."""
    text = match["v"]
    digits = sum(map(str.isdigit, text))
    is_other = _DATE_OR_ADDRESS.match(text) or _ADDED_ADDRESS.fullmatch(text)
    return _FEWEST_DIGITS <= digits <= _MOST_DIGITS and not is_other


def _is_announced(match: re.Match[str]) -> bool:
    """A bare number needs a word right before it that can only announce a phone number."""
    if _SIZES.fullmatch(match["v"]):
        return False
    if any(sign in match["v"] for sign in " -()+"):
        return True
    return _PHONE_WORD.match(match[0]) is not None and not _LETTER.search(match["gap"])


def _is_in_table(match: re.Match[str]) -> bool:
    """The match stands beside other numbers, as in a program's output in columns."""
    before = match.string[max(0, match.start() - 4) : match.start()].rstrip(" ")
    after = match.string[match.end() : match.end() + 4].lstrip(" ")
    return before[-1:].isdigit() or after[:1].isdigit()


def _is_counter(match: re.Match[str]) -> bool:
    """The match follows the name of a counter or an id: `span_id=`, `offset: `."""
    before = match.string[max(0, match.start() - 24) : match.start()]
    return _COUNTER_NAME.search(before) is not None


RULES = (
    searching(
        "",
        _CARD_NUMBER,
        lambda match: is_card(match["v"]) and not _is_counter(match),
        kind=CARD,
        screen=rf"{_NOT_WITHIN}(?:[2-6]\d{{3}}(?:[ -]?\d{{4}}){{3}}(?:[ -]?\d{{3}})?"
        rf"|3\d{{3}}[ -]?\d{{6}}[ -]?\d{{4,5}})"
        r"(?:[^A-Za-z0-9_-]|$)",
    ),
    anchored(
        "card|pan|cc",
        r"(?<![A-Za-z])(?i:card|pan|cc)[\w ]{0,20}[\"']?[ =:#]{1,3}[\"']?(?P<v>\d{12,19})(?!\d)",
        lambda match: is_card(match["v"]),
        kind=CARD,
        screen=r"(?i:card|pan|cc)[\w ]{0,20}[\"']?[ =:#]{1,3}[\"']?\d{12}",
    ),
    anchored(
        # Under a name that says so its digits need no check: a digit may be mistyped
        "card|pan|cc",
        rf"(?<![A-Za-z])(?i:(?:credit_?|debit_?|payment_?)?card|pan|cc)"
        r"(?i:[_ -]?(?:number|num|no|nr))?"
        r"\\{0,3}[\"']?(?:[ ]?[:=][ ]?\{[ ]?[\"']?(?i:number|num|no|pan)[\"']?)?"
        r"[ ]?[:=>][ ]?\\{0,3}[\"']?"
        rf"{_CARD_NUMBER}",
        kind=CARD,
        screen=r"(?i:card|pan|cc|number|num|no|nr)\\*[\"']?[ ]?[:=>{][^0-9]*"
        r"[2-6][0-9]{3}[ -]?[0-9]{4}",
    ),
    anchored(
        # A field of a record or of a statement, whatever its groups: it begins with the trunk's 0
        "phone|mobile|tel|fax|handy|cell|movil|gsm",
        r"(?<![A-Za-z])(?i:phone|mobile|tel(?:efon[eo]?|ephone)?|fax|handy|cell|movil|gsm)"
        r"(?i:[_-]?(?:number|num|no|nr))?[\"'`]?[ ]?[:=][ ]?"
        r"[\"'](?P<v>0\d{1,4}[ /-]?\d{2,4}(?:[ -]?\d{2,4}){1,3})[\"']",
        kind=PHONE,
        screen=r"(?i:phone|mobile|tel|telefon|telephone|telefono|telefone|fax|handy|cell|movil|gsm)"
        r"[A-Za-z_-]*[\"'`]? ?[:=] ?[\"']0[0-9]",
    ),
    searching(
        "@|%40",
        r"(?<![\w.%+-])(?P<v>[\w%+][\w.%+-]{0,63}"
        r"(?:@|%40)(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24})(?![\w-]|\.\w)",
        _is_mailbox,
        kind=EMAIL,
        screen=r"(?:@|%40)[^\s@]{1,63}\.",
    ),
    searching(
        "",
        r"(?<![A-Za-z0-9])(?P<v>[A-Z]{2}\d\d(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,4})?)"
        r"(?![A-Za-z0-9])",
        lambda match: is_iban(match["v"]),
        kind=IBAN,
        screen=r"[A-Z]{2}\d\d[ -]?[A-Z0-9]{4}[ -]?[A-Z0-9]{4}",
    ),
    searching(
        "",
        r"(?<![\w.-])(?P<v>(?P<area>\d{3})-(?P<group>\d{2})-(?P<serial>\d{4}))(?![\w-]|\.\d)",
        _is_ssn,
        kind=SSN,
        screen=rf"{_NOT_WITHIN}\d{{3}}-\d{{2}}-\d{{4}}",
    ),
    anchored(
        "ssn|social|national insurance|tax id|itin",
        rf"{_SSN_WORDS}(?: (?i:number|no|is|was))*\W{{1,6}}"
        r"(?P<v>(?P<area>\d{3})[ -]?(?P<group>\d{2})[ -]?(?P<serial>\d{4}))(?!\d)",
        _is_ssn,
        kind=SSN,
        screen=rf"{_SSN_WORDS}.*\d{{3}}",
    ),
    searching(
        "+|00",
        # ITU-T E.164 as people write it: up to 15 digits after the plus
        r"(?<![\w+.:/=-])(?P<v>(?:\+|00(?=[1-9]\d{0,2} ))[1-9]\d{0,2}"
        r"(?:[ .-]?\(0?\d{1,4}\)|[ .-]?\d){7,14})(?!\w|[.:-]\d)",
        _is_phone,
        kind=PHONE,
        screen=rf"{_NOT_WITHIN}(?:\+|00)[1-9][\d ().-]{{7}}",
    ),
    searching(
        '=+|:+|"+',
        r"[=:\"](?P<v>\+[1-9]\d{7,14})(?![\w.:-])",
        kind=PHONE,
        screen=r"[=:\"]\+[1-9]\d{7}",
    ),
    searching(
        "",
        # The North American plan: area and exchange begin with 2 to 9
        r"(?<![\w.+:/-])(?P<v>(?:\+?1[ .-]?)?(?:\([2-9]\d\d\)[ .-]?|[2-9]\d\d(?P<sep>[ .-]))"
        r"[2-9]\d\d(?:(?P=sep)|[ .-])\d{4}(?:[ ]?(?:x|ext\.?)[ ]?\d{1,6})?)(?![\w-]|\.\d)",
        lambda match: not _is_in_table(match),
        kind=PHONE,
        screen=rf"{_NOT_WITHIN}(?:\+?1[ .-]?)?\(?[2-9]\d\d\)?[ .-]?[2-9]\d\d[ .-]\d{{4}}"
        r"(?:[^0-9A-Za-z_-]|$| ?x)",
    ),
    searching(
        "",
        # Elsewhere: an area code in brackets or after the trunk's 0, in groups
        r"(?<![\w.+:/-])(?P<v>\(0?\d{2,4}\) ?\d{2,4}(?:[ -]\d{2,4}){1,3}"
        r"|0[1-9]\d{1,3} \d{2,4}(?: \d{2,4}){1,3}|0[1-9]\d{2,3} \d{6,7}"
        r"|0[1-9](?:(?: \d\d){4}|(?:[.-]\d\d){4}))"
        r"(?!\w|[.-]\d)",
        lambda match: _is_phone(match) and not _is_in_table(match),
        kind=PHONE,
        screen=rf"{_NOT_WITHIN}(?:\(0?\d{{2,4}}\) ?\d{{2,4}}[ -]\d\d"
        rf"|0[1-9]\d{{1,3}} \d{{2,7}}(?: \d\d|[^0-9]|$)"
        r"|0[1-9](?:[ .-]\d\d){4})",
    ),
    anchored(
        _PHONE_WORDS,
        rf"(?<![A-Za-z])(?i:{_PHONE_WORDS})(?:s|ed|ing|(?i:[_ -]?(?:number|no)))?(?![A-Za-z])"
        r"(?P<gap>[^0-9\n+(=]{0,40}=?)\n?(?P<v>\(?[+0-9][0-9 ().-]{5,20}\d)(?!\w|[.:-]\d)",
        lambda match: _is_phone(match) and _is_announced(match),
        kind=PHONE,
        screen=rf"(?i:{_PHONE_WORDS})[^0-9+(]*\(?[+0-9][0-9 ().-]{{5}}",
    ),
    anchored(
        _FOREIGN_PHONE_WORDS,
        rf"(?<![^\W\d_])(?i:{_FOREIGN_PHONE_WORDS})[^\W\d_]{{0,8}}[^0-9\n+(=]{{0,24}}"
        r"(?P<v>\(?[+0-9][0-9 ().-]{5,20}\d)(?!\w|[.:-]\d)",
        lambda match: (
            _GROUPED_NUMBER.fullmatch(match["v"]) is not None
            and not _DATE_OR_ADDRESS.fullmatch(match["v"])
            and not _COUNT.fullmatch(match["v"])
        ),
        kind=PHONE,
        screen=rf"(?:{_any_case(_FOREIGN_PHONE_WORDS)})[^0-9+(]*\(?[+0-9][0-9 ().-]{{5}}",
    ),
)
