"""What looks like a secret and is none: investigations need it, so it must stay readable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fakes.planted.letters import (
    ALNUM,
    BASE32,
    DIGITS,
    HEX,
    LOWER,
    UPPER,
    base64_of,
    some,
    url_base64_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random


def _uuid(chance: Random) -> str:
    return "-".join(some(chance, HEX, length) for length in (8, 4, 4, 4, 12))


DECOYS: Mapping[str, Callable[[Random], str]] = {
    "git sha": lambda r: f"HEAD is now at {some(r, HEX, 40)} fix pool size",
    "short sha": lambda r: f"deployed {some(r, HEX, 7)} by argo",
    "uuid": lambda r: f"request_id={_uuid(r)} status=502",
    "trace": lambda r: f"traceparent: 00-{some(r, HEX, 32)}-{some(r, HEX, 16)}-01",
    "digest": lambda r: f"pulled shop@sha256:{some(r, HEX, 64)}",
    "integrity": lambda r: f'"integrity": "sha512-{base64_of(r, 64)}"',
    "etag": lambda r: f'ETag: "{some(r, HEX, 32)}"',
    "md5": lambda r: f"{some(r, HEX, 32)}  shop-1.4.2.tar.gz",
    "container": lambda r: f"container {some(r, HEX, 64)} exited with 137",
    "pod": lambda r: f"pod/checkout-{some(r, HEX, 10)}-{some(r, LOWER, 5)} OOMKilled",
    "private address": lambda r: f"upstream 10.{r.randint(0, 255)}.4.{r.randint(1, 254)}:8080 down",
    "ipv6": lambda r: f"listening on [fd00::{some(r, HEX, 4)}]:9100",
    "mac": lambda r: "link up " + ":".join(some(r, HEX, 2) for _ in range(6)),
    "epoch": lambda r: f"ts=17951{some(r, DIGITS, 8)} seq={some(r, DIGITS, 12)}",
    "count": lambda r: f"max_tokens={r.randint(100, 9000)} token_count={r.randint(1, 99)}",
    "tokens used": lambda r: f'"prompt_tokens": {r.randint(10, 9999)}, "total_tokens": 4021',
    "cache key": lambda r: f"cache_key=user:{r.randint(1, 10**6)}:profile hit=true",
    "partition key": lambda r: f"partition_key={_uuid(r)} shard=3",
    "idempotency": lambda r: f"Idempotency-Key: {_uuid(r)}",
    "ssh fingerprint": lambda r: f"SHA256:{url_base64_of(r, 32)} deploy (ED25519)",
    "public key": lambda r: f"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{some(r, ALNUM, 43)} dana",
    "certificate serial": lambda r: f"serial={some(r, HEX.upper(), 16)} notAfter=Dec 1 2026",
    "ulid": lambda r: f"event 01{some(r, '0123456789ABCDEFGHJKMNPQRSTVWXYZ', 24)} stored",
    "xid": lambda r: f"LSN {some(r, HEX.upper(), 2)}/{some(r, HEX.upper(), 8)} timeline 3",
    "aws request": lambda r: f"x-amzn-RequestId: {_uuid(r)}",
    "arn": lambda r: f"arn:aws:lambda:eu-1:{some(r, DIGITS, 12)}:function:resize",
    "instance": lambda r: f"i-0{some(r, HEX, 16)} is unhealthy in target group",
    "version": lambda r: f"python-3.11.{r.randint(0, 9)} numpy-2.4.6 build {some(r, DIGITS, 8)}",
    "java": lambda r: f"com.shop.auth.TokenService$$Lambda$14/0x{some(r, HEX, 16)}.run",
    "hex address": lambda r: f"segfault at 0x{some(r, HEX, 12)} ip 00007f{some(r, HEX, 10)}",
    "long number": lambda r: f"order 4{some(r, DIGITS, 14)}x shipped",
    "offset": lambda r: f"partition=3 offset={some(r, '123456789', 12)} lag=0",
    "path with base": lambda r: f"/var/lib/docker/overlay2/{some(r, HEX, 64)}/merged",
    "constant": lambda r: f"error code {some(r, UPPER, 8)} from upstream",
    "base32 id": lambda r: f"correlation={some(r, BASE32, 26)} span=7",
}

FIXED = {
    "type": "token_type=bearer expires_in=3600 scope=read",
    "variable": "password: ${DB_PASSWORD}",
    "template": 'password: "{{ .Values.db.password }}"',
    "github variable": "token: ${{ secrets.DEPLOY_TOKEN }}",
    "shell": 'PASSWORD="$(cat /run/secrets/db)"',
    "percent": "password=%s",
    "masked": "password=********",
    "redacted": "api_key=[REDACTED]",
    "angle": "--token <your-token>",
    "file": "password_file=/run/secrets/db_password",
    "path": "secretName: checkout-tls",
    "ref": "secretKeyRef: {name: db, key: password}",
    "null": '"password": null',
    "flag": "require_password=true",
    "code": 'password = os.environ["DB_PASSWORD"]',
    "getter": "String token = request.getHeader(name);",
    "typed": "def login(user: str, password: str) -> Session:",
    "prose": "password authentication failed for user checkout",
    "prose token": "token expired, refreshing session",
    "prose key": "duplicate key value violates unique constraint orders_pkey",
    "prose secret": 'secret "checkout-tls" not found in namespace shop',
    "primary key": "primary_key=order_id sort_key=created_at",
    "routing key": "routing_key=orders.created exchange=shop",
    "keyspace": "keyspace=orders keys=40122 expired_keys=12",
    "keycloak": "keycloak: realm=shop client=web started in 3.2s",
    "author": "author=dana commit=4c1f2d0 message=tidy",
    "monkey": "monkey=banana turkey=roast donkey=grey",
    "k8s token path": "/var/run/secrets/kubernetes.io/serviceaccount/token: no such file",
    "systemd unit": "getty@tty1.service: Succeeded.",
    "user host": "ssh: connect to deploy@db-2: connection refused",
    "docker image": "registry.corp.example/shop/checkout:2.14.0-rc1",
    "class": "org.springframework.security.authentication.BadCredentialsException",
    "camel": "passwordEncoder=BCryptPasswordEncoder strength=10",
    "sort": "sorted by key ascending; tokens left: 3",
}


def decoys(chance: Random) -> list[str]:
    """One line of each."""
    return [*(make(chance) for make in DECOYS.values()), *FIXED.values()]
