"""Values that everybody may know and that look like secrets: public by design, by name, by place.

Keys that a page hands to every visitor, hashes of commits, tags of images, names of built files and
the bodies of certificates. Several rules find each of them, so what they found is examined here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from core.redaction.public_ids import is_public_id
from core.redaction.rules import EMAIL, SECRET
from core.redaction.shapes import is_told

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.redaction.rules import TextSpan

_BEFORE, _LINE_BEFORE, _AFTER = 80, 200, 40  # characters that are read around a value
# Stripe, Clerk, Paystack; Mapbox; PostHog; Razorpay: their documentation puts them into pages.
_PUBLISHABLE = re.compile(
    r"pk_(?:live|test|prod|sandbox)_[A-Za-z0-9_-]{8,255}|pk\.eyJ[\w-]{8,512}\.[\w-]{8,128}"
    r"|phc_[A-Za-z0-9]{32,64}|rzp_(?:live|test)_[A-Za-z0-9]{8,32}"
)
_NAMES_PUBLISHABLE = re.compile(
    r"(?i)(?:(?<!web)site[_.-]?key|publishable[_.-]?(?:api[_.-]?)?key|public[_.-]?(?:api[_.-]?)?key"
    r"|search[_.-]?only[_.-]?(?:api[_.-]?)?key|client[_.-]?side[_.-]?id|measurement[_.-]?id"
    r"|tracking[_.-]?id)"
    r"(?:\\{0,3}[\"'])?\]?\s{0,3}(?:=>|[:=])?\s{0,3}(?:\\{0,3}[\"'])?\Z"
)
_SECRET_HALF = re.compile(r"(?i)(?:sk|rk|secret|whsec|priv)[_-]|-----")
# Of a commit or an image: short, whole, or a digest.
_DIGEST = re.compile(r"(?=[0-9a-f]{0,62}\d)(?:[0-9a-f]{7,12}|[0-9a-f]{40}|[0-9a-f]{64})")
_OWN_NAME = re.compile(
    r"(?P<name>[A-Za-z_][\w.-]{0,60})(?:\\{0,3}[\"'])?\]?\s{0,3}(?:=>|[:=])\s{0,3}(?:\\{0,3}[\"'])?\Z"
)
_NAME_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_OF_A_DIGEST = frozenset(
    {"version", "ver", "build", "sha", "commit", "revision", "rev", "git", "digest", "checksum"}
    | {"release", "ref", "tag", "head", "vcs", "image", "etag", "changeset"}
)
_OF_A_SECRET = re.compile(r"(?i)pass|pwd|secret|token|key|cred|auth|sig|hmac|salt|sess|sid|otp|pin")
_HANDLES_IMAGES = re.compile(
    r"(?i)\b(?:docker|podman|nerdctl|crictl|ctr|skopeo|crane|buildah|kaniko|kubectl|helm|images?"
    r"|containers?|pull(?:ed|ing)?|push(?:ed|ing)?|tag(?:ged|ging)?|deploy(?:ed|ing|s)?|roll(?:ed|ing)?"
    r"|rollout|rollback|release[ds]?|registry|pods?)\b[^\n]*[\w/]:\Z"
)
# Files that a bundler wrote, `token-CyKRxiS5.js`: a hash of what they hold.
_HASH_OF_FILE = re.compile(r"[A-Za-z0-9_-]{6,40}")
_BUILT = re.compile(
    r"(?:\.(?:chunk|bundle|min|module|esm|legacy|worker|lazy|prod)){0,3}"
    r"\.(?:[cm]?jsx?|css|wasm|woff2?|ttf|eot)(?:\.(?:map|gz|br|LICENSE\.txt))?(?![\w-])"
)
_BUILT_IN_FOLDER = re.compile(r"\.(?:svg|png|jpe?g|webp|avif|gif|ico|html|json|txt)(?![\w-])")
_FOLDER = re.compile(r"(?:assets|static|dist|build|chunks|_next|public|bundles?)/[\w./-]{0,60}\Z")
# Classes of a style sheet, of which the last part is a hash: `.password-input_lAzg1n{`.
_OF_A_STYLE = re.compile(r"(?:^|[\s,}>+~;])[.#][A-Za-z_][\w.-]{0,80}[-_]\Z")
_STYLES = re.compile(r"(?:[\w-]{0,40}+(?:::?[\w-]{1,30}+)?[\s,>+~.]{0,3}+){0,8}+\{")
_OF_AN_ELEMENT = re.compile(
    r"\bclass(?:Name|List)?\\{0,3}[\"']?\s?[=:]\s?\\{0,3}[{\"'`]{1,2}[^\"'`<>={}]{0,200}[-_]\Z"
)
_HASH_OF_STYLE = re.compile(r"(?:[A-Za-z]{1,24}[-_]{1,2}){0,4}[A-Za-z0-9]{4,10}")
# Ids of requests that a support desk asks for; a base64 of them, as S3 and CloudFront write it.
_NAMES_REQUEST = re.compile(
    r"(?i)(?<![\w-])(?:x-amz-id-2|x-amz-cf-id|x-amzn-trace-id|cf-ray|x-guploader-uploadid|x-goog-hash"
    r"|x-(?:[a-z0-9]{1,20}-){0,4}(?:request|trace|correlation|transaction|operation)-?id"
    r"|host[_ ]?id|(?:s3[_ ]?)?extended[_ -]?request[_ -]?id|request[_ -]?id|apigw-requestid)"
    r"(?:\\{0,3}[\"'])?\s{0,3}(?:=>|[:=>])\s{0,3}(?:\\{0,3}[\"'])?\Z"
)
# What begins as issuers mark their tokens is one, whatever it is called: `ghp_…`, but `req_…`.
_ISSUED = re.compile(r"(?!(?i:req|request|trace|corr)[_-])[A-Za-z]{2,10}[_-]|eyJ")
# The key of a mail domain's DNS record (RFC 6376), which everybody is meant to ask for.
_OF_DKIM = re.compile(r"(?i)\bv=DKIM1\b[^\n]{0,60}\bp=\"?\Z")
# The hash of a module, of which a lock file says what it is: `h1:` is Go's and Terraform's.
_OF_A_MODULE = re.compile(r"(?<![\w@/-])h1:\Z")
_HASH_OF_MODULE = re.compile(r"[A-Za-z0-9+/]{43}=?")
# Where a secret lies in Vault, and which of its fields is meant.
_MOUNT = re.compile(
    r"(?:secrets?|kv(?:-?v?[12])?|cubbyhole|database|[a-z][a-z-]{0,40}(?=/(?:data|creds|metadata)/))/"
)
_PLACE_IN_VAULT = re.compile(
    r"[\w-]{1,40}/(?P<v>[\w.-]{1,80}(?:/[\w.-]{1,80}){0,8})(?P<field>#[\w.-]{1,80})?"
)
# The path of an object that a store looks up by its key: `Key: exports/2024/part-00008.parquet`.
_OBJECT_PATH = re.compile(
    r"(?:(?:[a-z]+(?:[_-][a-z]+){0,5}(?:=[\d-]{1,10})?|[\d-]{1,10})/){1,20}"
    r"[a-z]+(?:[_-][a-z0-9]+){0,8}\.[a-z][a-z0-9]{1,9}"
)
_LOOKS_UP = re.compile(r"(?i)\bkey\\{0,3}[\"']?\s{0,3}[:=]\s{0,3}\\{0,3}[\"']?\Z")
# Names of algorithms, whatever case and signs: `ecdsa-with-SHA384`, `TLS_AES_256_GCM_SHA384`.
_PART_OF_ALGORITHM = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
_ALGORITHM = re.compile(r"[A-Za-z0-9]+(?:[-_/.+:]{1,2}[A-Za-z0-9]+){0,9}(?:@[a-z.]{3,40})?")
_NAMES_ALGORITHM = {
    *("sha", "md", "rsa", "dsa", "ecdsa", "eddsa", "ecdh", "ecdhe", "dh", "dhe", "hmac", "aes"),
    *("des", "rc", "rsassa", "pss", "oaep", "pkcs", "pbkdf", "bcrypt", "scrypt", "argon", "poly"),
    *("umac", "chacha", "cha", "camellia", "aria", "gcm", "ccm", "cbc", "ctr", "cts", "ofb"),
    *("cfb", "xts", "nistp", "secp", "sect", "prime", "brainpool", "curve", "ed", "x", "sntrup"),
    *("kyber", "mlkem", "blake", "ripemd", "whirlpool", "keccak", "shake", "sm", "gost"),
    *("arcfour", "blowfish", "hkdf"),
}
_OF_ALGORITHMS = {
    *_NAMES_ALGORITHM,
    *("with", "and", "encryption", "tls", "ssl", "ssh", "group", "exchange", "null", "etm"),
    *("crypt", "diffie", "hellman", "id", "ec", "public", "r", "k", "v", "t", "p", "b", "s", "w"),
    *("be", "le", "sig", "signature", "hash", "mac", "mgf", "ede", "ecb", "siv", "wnaf", "lib"),
    *("c", "kdf", "mceliece", "cmac", "exp", "cert", "web", "authn", "sk", "psk", "ecc", "idea"),
    *("seed", "krb", "srp", "anon", "padding", "no", "rsae"),
}
_FEWEST_PARTS, _LONGEST_NUMBER = 3, 5
# A header may have lines of its own; a dash ends the body, so that nothing is read twice.
_PUBLIC_BLOCK = re.compile(
    r"-----BEGIN (?P<what>(?:[A-Z0-9]{1,12} ){0,3}(?:CERTIFICATE(?: REQUEST)?"
    r"|PUBLIC KEY(?: BLOCK)?|CRL"
    r"|SIGNATURE|PARAMETERS|PKCS7|CMS))-----[\w+/=\s\\:;,.\"'|>()<@]{0,20000}-----END (?P=what)"
)


def without_public(text: str, spans: list[TextSpan]) -> list[TextSpan]:
    """The spans but for those of public values, and of what only looks like a mailbox."""
    if not spans:
        return spans
    blocks = _public_blocks(text) if "-----BEGIN " in text else []
    kept = [
        span
        for span in _within_address(text, list(dict.fromkeys(spans)))  # several rules see one
        if span.kind != SECRET
        or not (
            any(start <= span.start and span.end <= end for start, end in blocks)
            or is_public(text, span.start, span.end)
        )
    ]
    return [span for span in kept if span.kind != EMAIL or not _is_login(text, span, kept)]


_LOGIN_OF_ADDRESS = re.compile(r"://[\w.%+-]{1,64}:\Z")


def _within_address(text: str, spans: list[TextSpan]) -> list[TextSpan]:
    """The spans, but that a password in an address ends before the host.

    `https://x-token-auth:…@git.example`: the user's name announces a secret, too, and its value
    would not end there.
    """
    ends = {span.start for span in spans if text[span.end : span.end + 1] == "@"}
    return [
        span
        for span in spans
        if span.start not in ends
        or text[span.end : span.end + 1] == "@"
        or not _LOGIN_OF_ADDRESS.search(text, max(0, span.start - _BEFORE), span.start)
    ]


def is_public(text: str, start: int, end: int) -> bool:
    """Whether everybody may know what stands there."""
    value = text[start:end].rstrip("\"'.,;")
    before = text[max(0, start - _BEFORE) : start]
    if _PUBLISHABLE.fullmatch(value):
        return True
    if _NAMES_PUBLISHABLE.search(before) and not _SECRET_HALF.match(value):
        return True
    names_request = _NAMES_REQUEST.search(before) and not _ISSUED.match(value)
    if _is_algorithm(value) or names_request or _is_looked_up(value, before):
        return True
    if _is_hash(text, value, start):
        return True
    if is_public_id(text, start, end):
        return True
    return _is_built_file(text, start, end) or _is_style(text, start, end)


def _is_hash(text: str, value: str, start: int) -> bool:
    """Whether it is the hash of a commit, a build, an image or a module."""
    before = text[max(0, start - _BEFORE) : start]
    if _DIGEST.fullmatch(value):
        return _names_digest(before) or _is_tag(text, start)
    return bool(_HASH_OF_MODULE.fullmatch(value) and _OF_A_MODULE.search(before))


def _is_looked_up(value: str, before: str) -> bool:
    """Whether everybody asks for it by its place: in a store, in the DNS, in Vault."""
    is_object = _OBJECT_PATH.fullmatch(value) and _LOOKS_UP.search(before)
    return bool(is_object or _OF_DKIM.search(before)) or _is_place_in_vault(value)


def _is_place_in_vault(value: str) -> bool:
    """Whether it is the path of a secret, of names of which none looks made up."""
    place = _PLACE_IN_VAULT.fullmatch(value)
    if place is None or not _MOUNT.match(value) or not ("/" in place["v"] or place["field"]):
        return False
    return not any(map(is_told, place["v"].split("/")))


def _public_blocks(text: str) -> list[tuple[int, int]]:
    return [match.span() for match in _PUBLIC_BLOCK.finditer(text)]


def _names_digest(before: str) -> bool:
    """Whether the value's own name is one of a commit, a build or an image."""
    own = _OWN_NAME.search(before)
    if own is None or _OF_A_SECRET.search(own["name"]):
        return False
    return not _OF_A_DIGEST.isdisjoint(word.lower() for word in _NAME_WORD.findall(own["name"]))


def _is_tag(text: str, start: int) -> bool:
    """Whether it is the tag of an image, in a line about images."""
    before = text[max(0, start - _LINE_BEFORE) : start].rpartition("\n")[2]
    return before.endswith(":") and _HANDLES_IMAGES.search(before) is not None


def _is_algorithm(value: str) -> bool:
    """Whether it is the name of an algorithm, of words that name nothing else."""
    if not _ALGORITHM.fullmatch(value):
        return False
    parts = _PART_OF_ALGORITHM.findall(value.partition("@")[0])
    words = [part.lower() for part in parts if not part.isdecimal()]
    numbers = [part for part in parts if part.isdecimal()]
    return (
        len(parts) >= _FEWEST_PARTS
        and all(word in _OF_ALGORITHMS for word in words)
        and not _NAMES_ALGORITHM.isdisjoint(words)
        and all(len(number) <= _LONGEST_NUMBER for number in numbers)
    )


def _is_style(text: str, start: int, end: int) -> bool:
    """Whether it is the end of a class's name, in a style sheet or in a page."""
    if not _HASH_OF_STYLE.fullmatch(text[start:end]):
        return False
    before = text[max(0, start - _LINE_BEFORE) : start].rpartition("\n")[2]
    if _OF_A_STYLE.search(before):
        return _STYLES.match(text, end, end + _LINE_BEFORE) is not None
    return _OF_AN_ELEMENT.search(before) is not None


def _is_built_file(text: str, start: int, end: int) -> bool:
    """Whether it is part of a file's name, as a bundler chooses it."""
    if text[start - 1 : start] not in {"-", ".", "_"} or not _HASH_OF_FILE.fullmatch(
        text[start:end]
    ):
        return False
    if _BUILT.match(text, end, end + _AFTER):
        return True
    is_in_folder = _FOLDER.search(text, max(0, start - _BEFORE), start) is not None
    return is_in_folder and _BUILT_IN_FOLDER.match(text, end, end + _AFTER) is not None


def _is_login(text: str, span: TextSpan, spans: Sequence[TextSpan]) -> bool:
    """Whether a password and a host are taken for a mailbox: `eva:S3cret@db-1.firma.example`."""
    at = text.find("@", span.start, span.end)
    return any(
        other.kind == SECRET and other.start <= span.start and other.end == at for other in spans
    )
