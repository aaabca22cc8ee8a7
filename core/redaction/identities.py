"""Rules for identity numbers, dates of birth, public IP addresses and web sites.

Machines of an installation stay: private addresses, names of hosts, addresses of services with a
port or a path. What is public leads to a person or a customer, and a placeholder is as good as the
address itself to see that two lines are about the same one.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from core.redaction.rules import ADDRESS, BIRTH, IDENTITY, SITE, anchored, searching

_DOCUMENTS = (
    r"passports?|reisepass|passeport|pasaporte|passaporto"
    r"|driver'?s?[ ]licen[cs]e|driving[ ]licen[cs]e|führerschein|fuehrerschein"
    r"|permis[ ]de[ ]conduire|licen[cs]e[ ](?:number|no|nr|plate)|number[ ]plate"
    r"|personalausweis|ausweis|identity[ ]card|national[ ]id|voter[ ]id"
    r"|nhs|aadhaar|codice[ ]fiscale|national[ ]insurance|social[ ]insurance|sécurité[ ]sociale"
    r"|steuer-?id|personnummer|pesel|medicare|tax[ ]id|itin|nino|kennzeichen"
    # Of the north, the Baltic, Czechia, Belgium, Switzerland, the Balkans, Asia …
    r"|henkilö-?tunnus|henkilotunnus|hetu|cpr(?:-?n(?:umme)?r)?|fødselsnummer|fodselsnummer|kennitala|isikukood"
    r"|asmens[ ]kodas|personas[ ]kods|rodn[ée][ ]č[íi]slo|rodne[ ]cislo|numéro[ ]national"
    r"|numero[ ]national"
    r"|rijksregisternummer|burgerservicenummer|ahv-?(?:nummer|nr)|cuit|cuil|jmbg|oib|снилс"
    r"|инн|kimlik[ ]no"
    r"|nric|mykad|身份证(?:号码?)?|マイナンバー|주민등록번호|emso|emšo|amka|személyi[ ]szám"
    r"|numéro[ ]de[ ]sécu(?:rité[ ]sociale)?"
)
# Only in capitals: in small letters these are words and parts of names.
_ACRONYMS = "CPF|CNPJ|DNI|NIE|SIN|NIR|BSN|CURP|DL|VIN|PAN|TFN|HKID"
_NUMBER_WORDS = r"(?:number|numero|número|nummer|no|nr|num|id|card|code|is|was|ist|est|es)"
_BETWEEN = rf"(?:[\s:=#.\"']{{1,3}}(?i:{_NUMBER_WORDS})(?!\w)){{0,3}}[\s:=#.\"']{{1,4}}"
# Groups of capitals and digits; a word in small letters ends the number.
_NUMBER = (
    r"(?P<v>[A-Z0-9]{1,20}(?:[ ./-](?=[A-Z0-9]{0,8}[0-9]|[A-Z]{1,3}(?!\w))[A-Z0-9]{1,8}){0,6})"
)
_FEWEST_DIGITS, _SHORTEST = 3, 6  # digits; letters and digits
_DATE = (
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/. ]{1,2}\d{1,2}[-/. ]{1,2}\d{2,4}"
    r"|(?:\d{1,2}(?:st|nd|rd|th|\.)?[ ])?[A-Za-zéûäç]{3,10}\.?[ ]"
    r"(?:\d{1,2}(?:st|nd|rd|th)?,?[ ])?\d{4})"
)
_BORN = (
    r"date[ ]of[ ]birth|birth[ _]?da(?:te|y)|born(?:[ ]on)?|dob|geburtsdatum|geboren(?:[ ]am)?"
    r"|date[ ]de[ ]naissance|fecha[ ]de[ ]nacimiento|data[ ]di[ ]nascita"
)
_LARGEST_OCTET, _FIRST_MULTICAST = 255, 224
_CONTEXT = 12  # characters before an address that are examined
_VERSION_BELOW = 32  # all numbers of a version are smaller; nearly every address has a larger one
_PRIVATE = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
    *("203.0.113.0/24",),
)
_NETWORKS = tuple(  # RFC 6890
    (int(network.network_address), int(network.netmask))
    for network in map(ipaddress.IPv4Network, _PRIVATE)
)
_VERSION_WORD = re.compile(r"(?i)(?:version|ver|release|build|rev|upgraded?|[A-Za-z]/)\W{0,3}\Z")
_ADDRESS_WORD = re.compile(r"(?i)(?:\bip|addr|address|client|peer|src|remote|rhost)\W{1,3}\Z")
_TLD = (
    r"(?:com|org|net|edu|gov|mil|int|info|biz|io|co|dev|app|me|tv|us|uk|de|fr|it|es|nl|ca|au|jp"
    r"|br|ru|ch|at|be|pl|se|no|fi|dk|cz|hu|gr|pt|ie|in|cn|kr|mx|nz|za|tr|il|sk|si|hr|ro|bg|lt|lv"
    r"|ee|is|lu|li|eu|cy|mt|ar|cl|pe|ng|ke|id|my|sg|th|vn|ph|ua|rs|online|site|xyz|shop|store|blog"
    r"|tech|cloud|ai)"
)
_LABELS = r"[\w-]{1,63}\."
_USER_PATH = r"(?:/~[\w.-]{1,64})?/?"
_SITE_END = r"(?![\w:/?#-]|\.\w)"
_PERSONAL_WORD = re.compile(
    r"(?i)\b(?:i|my|me|mine|our|he|she|his|her|their|profile|photo|blog|homepage|friend)\b"
)
_VICINITY = 60  # characters
# `https://ldap-18.eu-west.…`, `https://registry.…`: what runs there serves, and is nobody's.
_HOST_OF_MACHINE = re.compile(
    r"(?i)https?://(?:[a-z]{2,20}-?\d{1,4}[a-z]?|(?:[a-z]{1,20}-)?(?:api|registry|repo|git(?:lab)?|ci|jenkins|vault"
    r"|grafana|prometheus|kibana|ldap|mail|smtp|proxy|minio|s3|cdn|auth|sso|status))\."
)


def _is_number(match: re.Match[str]) -> bool:
    """Whether the value is long enough and has digits; a year, a count or a version is shorter."""
    characters = [character for character in match["v"] if character.isalnum()]
    return len(characters) >= _SHORTEST and sum(map(str.isdigit, characters)) >= _FEWEST_DIGITS


@lru_cache(maxsize=8192)
def _is_public_v4(text: str) -> bool:
    """Whether the address is a single host on the public network, with every number in range."""
    numbers = list(map(int, text.split(".")))
    if max(numbers) > _LARGEST_OCTET or not 0 < numbers[0] < _FIRST_MULTICAST or not numbers[3]:
        return False
    packed = int.from_bytes(numbers)
    return not any(packed & mask == network for network, mask in _NETWORKS)


def _is_public_host(match: re.Match[str]) -> bool:
    value, start = match["v"], match.start()
    if not _is_public_v4(value):
        return False
    if _follows_version_word(match.string[max(0, start - _CONTEXT) : start]):
        return match.string[match.end() : match.end() + 1] == ":"  # host/address:port, of Java
    is_small = all(int(part) < _VERSION_BELOW for part in value.split("."))
    return (
        not is_small
        or _ADDRESS_WORD.search(match.string, max(0, start - _CONTEXT), start) is not None
    )


@lru_cache(maxsize=8192)  # programs write the same words before each address, so the cache hits
def _follows_version_word(before: str) -> bool:
    return _VERSION_WORD.search(before) is not None


def _is_public_v6(match: re.Match[str]) -> bool:
    try:
        return ipaddress.IPv6Address(match["v"]).is_global
    except ValueError:
        return False


def _is_personal_site(match: re.Match[str]) -> bool:
    """Whether words near the site refer to a person, which log lines do not."""
    if _HOST_OF_MACHINE.match(match["v"]):
        return False
    before = match.string[max(0, match.start() - _VICINITY) : match.start()].rpartition("\n")
    after = match.string[match.end() : match.end() + _VICINITY].partition("\n")
    if not before[2].strip() and not after[0].strip():  # alone on its line: others speak of it
        return any(_PERSONAL_WORD.search(part) for part in (before[0], after[2]))
    return _PERSONAL_WORD.search(before[2]) is not None or (
        _PERSONAL_WORD.search(after[0]) is not None
    )


IDENTITY_RULES = (
    searching(
        # ASCII words of three letters or more: lines are first searched for all words at once
        "passport|reisepass|passeport|pasaporte|passaporto|driver licen|driver's licen"
        "|drivers licen|driving licen|hrerschein|permis de|license n|licence n|license plate"
        "|licence plate|number plate|ausweis|identity card|national id|voter id|nhs|aadhaar"
        "|codice fiscale|national insurance|social insurance|sociale|steuer|personnummer|pesel"
        "|medicare|tax id|itin|nino|kennzeichen|henkil|hetu|cpr|dselsnummer|kennitala|isikukood"
        "|asmens kodas|personas kods|slo|cislo|ro national|rijksregister|burgerservice|ahv"
        "|cuit|cuil|jmbg"
        "|oib|снилс|инн|kimlik|nric|mykad|身份证|マイナンバー|주민등록번호"
        "|emso|emšo|amka|lyi sz|de sécu",
        rf"(?<![A-Za-z])(?i:{_DOCUMENTS}){_BETWEEN}{_NUMBER}(?![\w-])",
        _is_number,
        kind=IDENTITY,
        screen=r"(?i:passports?|reisepass|passeport|pasaporte|passaporto|licen[cs]e|schein|conduire"
        r"|plate|ausweis|identity card|(?:national|voter|tax) id|steuer-?id|nhs|aadhaar|fiscale"
        r"|insurance|sociale|personnummer|pesel|medicare|itin|nino|kennzeichen|tunnus|hetu|cpr[a-z-]*|dselsnummer"
        r"|kennitala|isikukood|kodas|kods|slo|cislo|national|rijksregisternummer|burgerservicenummer|ahv[a-z-]*"
        r"|cuit|cuil|jmbg|oib|kimlik no|nric|mykad|emso|amka)[\s:=#.\"'].*[0-9]"
        r"|(?:снилс|СНИЛС|инн|ИНН|身份证|マイナンバー|주민등록번호|emšo|szám|sécu).*[0-9]",
    ),
    anchored(
        "cpf|cnpj|dni|nie |nie:|sin |sin:|nir |nir:|bsn|curp|dl |dl:|dl=|dl#|vin |vin:|pan |pan:"
        "|tfn|hkid",
        rf"(?<![A-Za-z])(?:{_ACRONYMS}|cpf|dni){_BETWEEN}{_NUMBER}(?![\w-])",
        _is_number,
        kind=IDENTITY,
        screen=rf"(?:{_ACRONYMS}|cpf|dni)[\s:=#.\"'].*[0-9]",
    ),
    searching(
        # CPF and CNPJ of Brazil, whose punctuation nothing else has
        "-",
        r"(?<![\w.])(?P<v>\d{3}\.\d{3}\.\d{3}-\d\d|\d\d\.\d{3}\.\d{3}/\d{4}-\d\d)(?![\w-])",
        kind=IDENTITY,
        screen=r"\d{3}\.\d{3}[./]\d{3,4}-\d\d",
    ),
    searching(
        "birth|born|dob|geburtsdatum|geboren|naissance|nacimiento|nascita",
        rf"(?<![A-Za-z])(?i:{_BORN})(?i:[ ](?:is|was|ist))?[\s:=\"']{{1,4}}(?P<v>{_DATE})(?!\w)",
        kind=BIRTH,
        screen=r"(?i:birth|born|dob|geb|naissance|nacimiento|nascita).*[0-9]{2}",
    ),
)
NETWORK_RULES = (
    searching(
        "",
        # The look-behind follows the first digit, so that only digits trigger it
        r"(?P<v>\d(?<![\w.-]\d)\d{0,2}\.(?:\d{1,3}\.){2}\d{1,3})(?![\w-]|\.\d)",
        _is_public_host,
        kind=ADDRESS,
        # Private networks are left out: most lines of many logs hold one
        screen=r"(?:^|[^0-9A-Za-z_.-])(?:172\.(?:\d|1[0-5]|3[2-9]|[4-9]\d|[12]\d\d)"
        r"|192\.(?:\d\d?|1[0-57-9]\d|16[0-79]|2\d\d)"
        r"|(?:[1-9]|1[1-9]|[2-9]\d|1[013-68]\d|12[0-689]|17[013-9]|19[013-9]|2[0-2]\d)\.\d{1,3})"
        r"\.\d{1,3}\.\d",
    ),
    searching(
        ":",
        # Global unicast, the only block that is allocated: 2000::/3
        r"(?<![\w:.])(?P<v>[23][0-9A-Fa-f]{3}(?::[0-9A-Fa-f]{0,4}){2,7})(?![\w:])",
        _is_public_v6,
        kind=ADDRESS,
        screen=r"[23][0-9A-Fa-f]{3}:(?:(?:[0-9A-Fa-f]{1,4}:){0,6}:|(?:[0-9A-Fa-f]{1,4}:){5})",
    ),
    anchored(
        # The front page of a site; addresses with a path are requests of programs
        "http://www.|https://www.|www.",
        rf"(?<![\w@./-])(?P<v>(?i:https?://)?(?i:www)\.(?:{_LABELS}){{1,4}}[A-Za-z]{{2,24}}{_USER_PATH}){_SITE_END}",
        kind=SITE,
        screen=r"(?i:www\.)[\w.-]+(?:/~?[\w.-]*/?)?(?:[^\w:/?#-]|$)",
    ),
    anchored(
        "website|web site|homepage|home page|my site|my page|blog|portfolio|profile|visit",
        r"(?i:website|web site|homepage|home page|my site|my page|blog|portfolio|profile|visit)"
        r"(?i: (?:is|at|was|on|now))?[\s:=\"']{1,4}"
        rf"(?P<v>(?i:https?)://(?:{_LABELS}){{1,4}}[A-Za-z]{{2,24}}(?:/[\w~.-]{{0,80}}){{0,6}}"
        rf"|(?:{_LABELS}){{1,4}}{_TLD}(?:/[\w~.-]{{0,80}}){{0,6}})(?![\w:/?#-]|\.\w)",
        kind=SITE,
        screen=r"(?i:site|page|blog|portfolio|profile|visit)(?s:.)*\.[A-Za-z]{2}",
    ),
    anchored(
        "http://|https://",
        rf"(?P<v>(?i:https?)://(?:{_LABELS}){{1,3}}{_TLD}{_USER_PATH}){_SITE_END}",
        _is_personal_site,
        kind=SITE,
        screen=r"(?i:https?)://[\w.-]+(?:/~[\w.-]+)?/?(?:[^\w:/?#-]|$)",
    ),
)

# Off unless an installation turns them on: names of services look like these.
STRICT = (
    anchored(
        "http://|https://|ftp://",
        # A personal web site; an address with a port is one of the installation's services
        r"(?P<v>(?i:https?|ftp)://(?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24}/?)(?![\w:])",
        kind=SITE,
    ),
    searching(
        ".",
        r"(?<![\w@.-])(?P<v>(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.){1,6}"
        rf"{_TLD})(?![\w-]|\.\w)",
        kind=SITE,
        screen=r"[A-Za-z0-9]\.[A-Za-z]{2}",
    ),
)
