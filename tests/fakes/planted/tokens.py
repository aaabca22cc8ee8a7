"""Tokens whose form alone says what they are. Each line: the vendor's documented form."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING

from tests.fakes.planted.letters import (
    ALNUM,
    BASE32,
    DIGITS,
    HEX,
    LOWER,
    SAFE,
    UPPER,
    base64_of,
    some,
    url_base64_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

_UPPER_DIGITS = UPPER + DIGITS
_LOWER_DIGITS = LOWER + DIGITS


def _jwt(chance: Random) -> str:
    """RFC 7519: three parts, the first two of them JSON."""
    parts = ({"alg": "HS256", "typ": "JWT"}, {"sub": some(chance, DIGITS, 9), "iat": 1795100000})
    texts = (base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts)
    return ".".join([*(text.decode() for text in texts), url_base64_of(chance, 32)])


def _uuid(chance: Random) -> str:
    return "-".join(some(chance, HEX, length) for length in (8, 4, 4, 4, 12))


TOKENS: Mapping[str, Callable[[Random], str]] = {
    "adobe client secret": lambda r: "p8e-" + some(r, SAFE, 32),
    "age": lambda r: "AGE-SECRET-KEY-1" + some(r, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58),
    "airtable": lambda r: "pat" + some(r, ALNUM, 14) + "." + some(r, HEX, 64),
    "alibaba id": lambda r: "LTAI" + some(r, ALNUM, 20),
    "anthropic": lambda r: "sk-ant-api03-" + some(r, SAFE, 93) + "AA",
    "artifactory": lambda r: "AKCp" + some(r, ALNUM, 69),
    "atlassian": lambda r: "ATATT3xFfGF0" + some(r, SAFE, 180),
    "aws key id": lambda r: "AKIA" + some(r, BASE32, 16),
    "aws session id": lambda r: "ASIA" + some(r, BASE32, 16),
    "azure client secret": lambda r: some(r, ALNUM, 3) + "8Q~" + some(r, ALNUM + "-_.~", 34),
    "bitbucket app": lambda r: "ATBB" + some(r, ALNUM, 24) + some(r, HEX.upper(), 8),
    "brevo": lambda r: "xkeysib-" + some(r, HEX, 64) + "-" + some(r, ALNUM, 16),
    "clojars": lambda r: "CLOJARS_" + some(r, HEX, 60),
    "contentful": lambda r: "CFPAT-" + some(r, SAFE, 43),
    "databricks": lambda r: "dapi" + some(r, HEX, 32),
    "digitalocean": lambda r: "dop_v1_" + some(r, HEX, 64),
    "docker hub": lambda r: "dckr_pat_" + some(r, SAFE, 27),
    "doppler": lambda r: "dp.pt." + some(r, ALNUM, 43),
    "dynatrace": lambda r: "dt0c01." + some(r, BASE32, 24) + "." + some(r, BASE32, 64),
    "easypost": lambda r: "EZAK" + some(r, ALNUM, 54),
    "facebook page": lambda r: "EAA" + some(r, ALNUM, 150),
    "figma": lambda r: "figd_" + some(r, SAFE, 40),
    "fly.io": lambda r: "FlyV1 fm2_" + base64_of(r, 90),
    "frame.io": lambda r: "fio-u-" + some(r, SAFE, 64),
    "github app": lambda r: "ghs_" + some(r, ALNUM, 36),
    "github classic": lambda r: "ghp_" + some(r, ALNUM, 36),
    "github fine": lambda r: "github_pat_" + some(r, ALNUM, 22) + "_" + some(r, ALNUM, 59),
    "gitlab": lambda r: "glpat-" + some(r, SAFE, 20),
    "gitlab deploy": lambda r: "gldt-" + some(r, SAFE, 20),
    "google api": lambda r: "AIza" + some(r, SAFE, 35),
    "google oauth": lambda r: "ya29." + some(r, SAFE, 120),
    "google refresh": lambda r: "1//0" + some(r, SAFE, 60),
    "google secret": lambda r: "GOCSPX-" + some(r, SAFE, 28),
    "grafana cloud": lambda r: "glc_" + base64_of(r, 60),
    "grafana service": lambda r: "glsa_" + some(r, ALNUM, 32) + "_" + some(r, HEX, 8),
    "heroku": lambda r: "HRKU-" + _uuid(r),
    "hugging face": lambda r: "hf_" + some(r, ALNUM, 34),
    "infracost": lambda r: "ico-" + some(r, ALNUM, 32),
    "jwt": _jwt,
    "linear": lambda r: "lin_api_" + some(r, ALNUM, 40),
    "mailchimp": lambda r: some(r, HEX, 32) + "-us" + str(r.randint(1, 21)),
    "mailgun": lambda r: "key-" + some(r, HEX, 32),
    "new relic": lambda r: "NRAK-" + some(r, _UPPER_DIGITS, 27),
    "new relic licence": lambda r: some(r, HEX, 36) + "NRAL",
    "notion": lambda r: "ntn_" + some(r, DIGITS, 11) + some(r, ALNUM, 35),
    "npm": lambda r: "npm_" + some(r, ALNUM, 36),
    "nuget": lambda r: "oy2" + some(r, _LOWER_DIGITS, 43),
    "one password": lambda r: "ops_eyJ" + some(r, ALNUM, 250),
    "openai": lambda r: "sk-proj-" + some(r, SAFE, 74) + "T3BlbkFJ" + some(r, SAFE, 74),
    "planetscale": lambda r: "pscale_tkn_" + some(r, SAFE, 43),
    "postman": lambda r: "PMAK-" + some(r, HEX, 24) + "-" + some(r, HEX, 34),
    "prefect": lambda r: "pnu_" + some(r, ALNUM, 36),
    "pulumi": lambda r: "pul-" + some(r, HEX, 40),
    "pypi": lambda r: "pypi-AgEIcHlwaS5vcmc" + some(r, SAFE, 150),
    "readme": lambda r: "rdme_" + some(r, _LOWER_DIGITS, 70),
    "rubygems": lambda r: "rubygems_" + some(r, HEX, 48),
    "sendgrid": lambda r: "SG." + some(r, SAFE, 22) + "." + some(r, SAFE, 43),
    "sentry org": lambda r: "sntrys_eyJ" + some(r, ALNUM, 120) + "_" + some(r, ALNUM + "+/", 43),
    "sentry user": lambda r: "sntryu_" + some(r, HEX, 64),
    "shippo": lambda r: "shippo_live_" + some(r, HEX, 40),
    "shopify": lambda r: "shpat_" + some(r, HEX, 32),
    "slack app": lambda r: (
        f"xapp-1-A{some(r, _UPPER_DIGITS, 10)}-{some(r, DIGITS, 13)}-" + some(r, HEX, 64)
    ),
    "slack bot": lambda r: f"xoxb-{some(r, DIGITS, 12)}-{some(r, DIGITS, 13)}-{some(r, ALNUM, 24)}",
    "sonarqube": lambda r: "squ_" + some(r, HEX, 40),
    "square": lambda r: "sq0csp-" + some(r, SAFE, 43),
    "stripe live": lambda r: "sk_live_" + some(r, ALNUM, 99),
    "stripe restricted": lambda r: "rk_live_" + some(r, ALNUM, 24),
    "stripe webhook": lambda r: "whsec_" + some(r, ALNUM, 32),
    "supabase": lambda r: "sbp_" + some(r, HEX, 40),
    "tailscale": lambda r: f"tskey-auth-k{some(r, ALNUM, 11)}CNTRL-{some(r, ALNUM, 32)}",
    "telegram bot": lambda r: some(r, "123456789", 10) + ":AA" + some(r, SAFE, 33),
    "terraform cloud": lambda r: some(r, ALNUM, 14) + ".atlasv1." + some(r, SAFE, 67),
    "twilio key": lambda r: "SK" + some(r, HEX, 32),
    "typeform": lambda r: "tfp_" + some(r, SAFE, 59),
    "vault service": lambda r: "hvs." + some(r, SAFE, 90),
    "yandex api": lambda r: "AQVN" + some(r, SAFE, 36),
}
