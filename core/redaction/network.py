"""Who was it, by where they came from: public addresses, and web sites that are somebody's.

Machines of an installation stay: private addresses, names of hosts, addresses of services with a
port or a path. What is public leads to a person or a customer, and a placeholder is as good as the
address itself to see that two lines are about the same one.
"""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache

from core.redaction.rule import ADDRESS, SITE, anchored, searching

_BYTE, _MULTICAST = 255, 224
_BEFORE = 12  # characters
_SMALL = 32  # a version's numbers are smaller, an address has a larger one nearly always
_PRIVATE = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
    *("192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
    *("203.0.113.0/24",),
)
_NETWORKS = tuple(  # RFC 6890
    (int(one.network_address), int(one.netmask)) for one in map(ipaddress.IPv4Network, _PRIVATE)
)
_VERSION = re.compile(r"(?i)(?:version|ver|release|build|rev|upgraded?|[A-Za-z]/)\W{0,3}\Z")
_SAID = re.compile(r"(?i)(?:\bip|addr|address|client|peer|src|remote|rhost)\W{1,3}\Z")


@lru_cache(maxsize=8192)
def _is_public_v4(text: str) -> bool:
    """Of a host that everybody can reach; networks and numbers out of range are none."""
    numbers = list(map(int, text.split(".")))
    if max(numbers) > _BYTE or not 0 < numbers[0] < _MULTICAST or not numbers[3]:
        return False
    packed = int.from_bytes(numbers)
    return not any(packed & mask == network for network, mask in _NETWORKS)


def _is_host(match: re.Match[str]) -> bool:
    value, start = match["v"], match.start()
    if not _is_public_v4(value):
        return False
    if _is_version(match.string[max(0, start - _BEFORE) : start]):
        return match.string[match.end() : match.end() + 1] == ":"  # host/address:port, of Java
    is_small = all(int(part) < _SMALL for part in value.split("."))
    return not is_small or _SAID.search(match.string, max(0, start - _BEFORE), start) is not None


@lru_cache(maxsize=8192)  # programs write the same words before each address
def _is_version(before: str) -> bool:
    return _VERSION.search(before) is not None


def _is_public_v6(match: re.Match[str]) -> bool:
    try:
        return ipaddress.IPv6Address(match["v"]).is_global
    except ValueError:
        return False


_TLD = (
    r"(?:com|org|net|edu|gov|mil|int|info|biz|io|co|dev|app|me|tv|us|uk|de|fr|it|es|nl|ca|au|jp"
    r"|br|ru|ch|at|be|pl|se|no|fi|dk|cz|hu|gr|pt|ie|in|cn|kr|mx|nz|za|tr|il|sk|si|hr|ro|bg|lt|lv"
    r"|ee|is|lu|li|eu|cy|mt|ar|cl|pe|ng|ke|id|my|sg|th|vn|ph|ua|rs|online|site|xyz|shop|store|blog"
    r"|tech|cloud|ai)"
)
_LABELS = r"[\w-]{1,63}\."
_HOME = r"(?:/~[\w.-]{1,64})?/?"
_ENDS = r"(?![\w:/?#-]|\.\w)"
_OF_PEOPLE = re.compile(
    r"(?i)\b(?:i|my|me|mine|our|he|she|his|her|their|profile|photo|blog|homepage|friend)\b"
)
_NEAR = 60  # characters


def _is_told_of(match: re.Match[str]) -> bool:
    """Somebody speaks about somebody around it: no line of a log does."""
    text = match.string
    before = _OF_PEOPLE.search(text, max(0, match.start() - _NEAR), match.start())
    return (before or _OF_PEOPLE.search(text, match.end(), match.end() + _NEAR)) is not None


RULES = (
    searching(
        "",
        # What stands before is looked at after the first digit: so only digits are looked at
        r"(?P<v>\d(?<![\w.-]\d)\d{0,2}\.(?:\d{1,3}\.){2}\d{1,3})(?![\w-]|\.\d)",
        _is_host,
        kind=ADDRESS,
        # Without the private ones, which are in most lines of many logs
        screen=r"(?:^|[^0-9A-Za-z_.-])(?:172\.(?:\d|1[0-5]|3[2-9]|[4-9]\d|[12]\d\d)"
        r"|192\.(?:\d\d?|1[0-57-9]\d|16[0-79]|2\d\d)"
        r"|(?:[1-9]|1[1-9]|[2-9]\d|1[013-68]\d|12[0-689]|17[013-9]|19[013-9]|2[0-2]\d)\.\d{1,3})"
        r"\.\d{1,3}\.\d",
    ),
    searching(
        ":",
        # Of the only block that is given out: 2000::/3
        r"(?<![\w:.])(?P<v>[23][0-9A-Fa-f]{3}(?::[0-9A-Fa-f]{0,4}){2,7})(?![\w:])",
        _is_public_v6,
        kind=ADDRESS,
        screen=r"[23][0-9A-Fa-f]{3}:(?:(?:[0-9A-Fa-f]{1,4}:){0,6}:|(?:[0-9A-Fa-f]{1,4}:){5})",
    ),
    anchored(
        # The front page of a site; pages with a path are what programs ask for
        "http://www.|https://www.|www.",
        rf"(?<![\w@./-])(?P<v>(?i:https?://)?(?i:www)\.(?:{_LABELS}){{1,4}}[A-Za-z]{{2,24}}{_HOME}){_ENDS}",
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
        rf"(?P<v>(?i:https?)://(?:{_LABELS}){{1,3}}{_TLD}{_HOME}){_ENDS}",
        _is_told_of,
        kind=SITE,
        screen=r"(?i:https?)://[\w.-]+(?:/~[\w.-]+)?/?(?:[^\w:/?#-]|$)",
    ),
)

# Only where an installation asks for it: names of services look like these.
STRICT = (
    anchored(
        "http://|https://|ftp://",
        # A web site of somebody; what has a port is a service of ours
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
