"""Words a made-up company calls its things by."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

COMPANIES = (
    "northtarn", "brightmoor", "quillhaven", "ostrava-rail", "palegate", "vintry", "lumafield",
    "korvex", "seabright", "tallowmill", "arcwell", "dunmere", "fennick", "halvorsen",
    "juniper-lane",
    "maplecross", "oakhurst", "pinefold", "redwharf", "stonebeck", "thornbury", "umbra-post",
    "weldon-freight", "yarrow", "zephyr-air",
)  # fmt: skip
NOUNS = (
    "order", "booking", "claim", "parcel", "ticket", "invoice", "lesson", "rental", "permit",
    "reservation", "shipment", "policy", "visit", "repair", "donation", "quote", "meter_reading",
)  # fmt: skip
MORE_COMPANIES = (
    "askwith-marine", "bluefern", "caldera-labs", "drovers", "eastmarch", "foxglove-care",
    "gannet-post", "hollybank", "ironbridge-parts", "kestral-tours", "larkhill", "merrow-foods",
    "nightjar-media", "osprey-lending", "pennywort", "ravensworth", "saltmarsh-energy", "tidemill",
)  # fmt: skip
MORE_NOUNS = (
    "voucher", "appointment", "consignment", "loan", "berth", "recipe", "prescription", "auction",
    "subscription", "crossing", "inspection", "harvest", "seat", "warranty",
)  # fmt: skip
MORE_CODES = (
    "anvil", "bramble", "copper", "damson", "eider", "fathom", "gable", "hazel", "inlet", "jetty",
    "kelp", "linnet", "mortar", "nettle", "orchid", "pewter", "quill", "rudder", "spindle",
    "thistle", "urchin", "vellum", "willow", "yarrow", "zenith", "alder", "basalt", "curlew",
    "dune",
)  # fmt: skip
CODES = (
    "atlas", "beacon", "cinder", "dovetail", "ember", "falcon", "granite", "heron", "indigo",
    "jackdaw", "kestrel", "lantern", "magpie", "nimbus", "otter", "pelican", "quartz", "raven",
    "sable", "tundra", "umber", "violet", "walnut", "yucca", "zinnia", "birch", "cobalt", "drift",
    "flint", "grove", "harbor", "ivory", "juno", "knoll", "larch", "mesa", "north", "onyx", "plum",
)  # fmt: skip
TRADES = {
    "edge": ("frontdoor", "entry", "gateway", "lobby", "portal-edge"),
    "front": ("storefront", "web-bff", "app-api", "portal", "mobile-api"),
    "mid": ("desk", "broker", "flow", "composer", "assembler"),
    "mid2": ("planner", "matcher", "scoring", "eligibility"),
    "reader": ("ledger", "registry", "catalog", "records", "journal"),
    "quoter": ("pricing", "rates", "availability", "tariff"),
    "writer": ("intake", "capture", "submit", "checkout"),
    "worker": ("fulfil", "dispatch", "mailout", "settler", "reconciler"),
    "payer": ("payments", "billing", "charge", "payout"),
    "auth": ("identity", "passport", "signin", "tokens"),
    "db": ("books", "vault", "main-store", "archive-store", "records-store"),
    "cache": ("memo", "hotset", "quickstore", "nearline"),
    "queue": ("outbox", "conveyor", "belt", "mailroom"),
    "partner": ("acquirer", "carrier-link", "bureau", "clearing"),
    "dns": ("names", "resolver-a"),
    "spare": ("reports", "newsletter", "search-sync", "loyalty", "back-office"),
}
MORE_TRADES = TRADES | {
    "edge": ("quay", "turnstile", "ingress-a", "drawbridge"),
    "front": ("counter", "shopfront", "public-api", "concierge"),
    "front2": ("counter-b", "shopfront-b", "public-api-b", "concierge-b"),
    "relay": ("courier", "switchboard", "translator", "exchange"),
    "mid": ("orchestrator", "foreman", "choreo", "conductor"),
    "reader": ("almanac", "lookup", "index-card", "stockbook"),
    "keeper": ("treasury", "bookkeeping", "balances", "accruals"),
    "side1": ("stock", "inventory"),
    "side2": ("reviews", "ratings"),
    "side3": ("offers", "promotions"),
    "side4": ("shipping-eta", "geo"),
    "clerk": ("nightshift", "batchman", "housekeeper", "timekeeper"),
    "scribe": ("registrar", "notary", "enrolment"),
    "finder": ("search-front", "lens", "spotter"),
    "quoter": ("calculator", "estimates", "fares"),
    "auth": ("gatekeeper", "badge", "sso"),
    "db": ("granary", "stacks", "main-pg", "vault-pg"),
    "db2": ("cellar", "annex-pg", "books-pg"),
    "replica": ("mirror", "standby-pg", "follower-pg"),
    "cache": ("larder", "pocket", "kv-hot"),
    "queue": ("chute", "inbox-kv", "trolley"),
}
PEOPLE = ("mira", "t.okafor", "jonas", "h.lindqvist", "priya", "sam.w", "dkovacs", "lea", "amir")


def name_of(
    role: str, rng: random.Random, taken: set[str], style: int, *, more: bool = False
) -> str:
    """A name for a part: by trade, by code name, or both."""
    while True:
        trades, codes = (MORE_TRADES, MORE_CODES) if more else (TRADES, CODES)
        trade, code = rng.choice(trades[role]), rng.choice(codes)
        name = (f"{code}-{trade}", trade, f"{code}", f"{trade}-{code[:3]}")[style]
        if style == 1 and name in taken:
            name = f"{code}-{trade}"
        if name not in taken:
            taken.add(name)
            return name


def host_of(name: str, rng: random.Random, style: int) -> str:
    """A host or pod name for a part."""
    tail = "".join(rng.choices("bcdfghjklmnpqrstvwxz2456789", k=5))  # pragma: allowlist secret
    block = "".join(rng.choices("0123456789abcdef", k=9))
    return (
        f"{name}-{block}-{tail}",
        f"{name}-{rng.randint(1, 4)}",
        f"{name[:3]}{rng.randint(1, 9):02d}-{rng.choice(('ams', 'fra', 'iad', 'cph'))}",
        f"ip-10-{rng.randint(10, 60)}-{rng.randint(0, 255)}-{rng.randint(2, 250)}",
    )[style]
