"""What a route is made of: calls, queries, cache, queue, files, tokens, work."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import random
import re
import time
from pathlib import Path
from typing import Any

import aiohttp
import asyncpg  # type: ignore[import-untyped]
import redis.exceptions
from features import FEATURES  # type: ignore[import-not-found]

RNG = random.Random()  # noqa: S311 - load, not a secret


class Failure(Exception):
    """A request that ends with a status other than 200."""

    def __init__(self, status: int, text: str, **fields: Any) -> None:
        super().__init__(text)
        self.status = status
        self.fields = fields
        self.headers: dict[str, str] = {}


def _told(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


async def call(app: Any, item: Any, target: str, url: str, options: Any) -> None:
    """GET of another service, tried again as configured."""
    timeout = options.get("timeout", 3)
    if options.get("breaker") and app.extra.get(f"open-{target}"):
        app.outgoing.labels(target, "not_tried").inc()
        raise Failure(503, f"circuit to {target} is open, call not tried", upstream=target)
    tries, late = 1 + options.get("retries", 0), False
    for attempt in range(1, tries + 1):
        started = time.monotonic()
        try:
            async with app.client.get(
                url.replace("$id", str(item["id"])).replace("$q", item.get("q", "")),
                timeout=aiohttp.ClientTimeout(total=timeout),
                headers={"X-Request-ID": item["rid"], "Authorization": item.get("token", "")},
            ) as response:
                answer = await response.json(content_type=None)
                status, retry_after = response.status, response.headers.get("Retry-After")
            text = app.phrase("answered", target=target, status=status)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            status, retry_after, answer = 0, None, {}
            took, late = time.monotonic() - started, isinstance(error, TimeoutError)
            spent = {"took": f"{took:.2f}", "ms": f"{took * 1000:.0f}"}
            text = app.phrase("lost", target=target, error=_told(error), **spent)
        if status == 200:
            app.outgoing.labels(target, "ok").inc()
            if isinstance(answer, dict) and "token" in answer:
                item["token"] = answer["token"]
            app.extra[f"failures-{target}"] = 0
            if field := options.get("expects"):
                item["read"] = read_answer(answer, field)
            return
        app.outgoing.labels(target, str(status or "error")).inc()
        if attempt < tries:
            app.log.warning(
                "%s, retrying (%d/%d)",
                text,
                attempt,
                tries - 1,
                extra={"fields": {"request_id": item["rid"]}},
            )
            await asyncio.sleep(options.get("backoff", 0.05) * attempt)
    if most := options.get("breaker"):
        failures = app.extra[f"failures-{target}"] = app.extra.get(f"failures-{target}", 0) + 1
        if failures >= most and not app.extra.get(f"open-{target}"):
            app.extra[f"open-{target}"] = True
            app.log.error("circuit to %s opened after %d failures in a row", target, failures)
    if options.get("optional"):
        app.log.warning(text, extra={"fields": {"request_id": item["rid"], "fallback": "default"}})
        return
    failure = Failure(504 if late else 502, text, upstream=target)
    if status == 429:
        failure.fields["retry_after"] = retry_after
        failure.status = 503
    raise failure


def read_answer(answer: dict[str, Any], field: str) -> float:
    """The amount a caller takes out of an answer."""
    return float(answer[field]) * 1.19


async def together(app: Any, item: Any, steps: Any, options: Any = None) -> None:
    """Several steps at once; the first error is that of all."""
    await asyncio.gather(*(app.run_steps([step], item) for step in steps))


async def reply(app: Any, item: Any, fields: Any) -> None:
    """What the answer says besides that it is one."""
    item.setdefault("answer", {}).update(fields)


async def limit(app: Any, item: Any, options: Any) -> None:
    """So many requests a second for each customer, told apart by `by`."""
    key = str(item["id"] if options["by"] == "customer" else item.get("remote"))
    now, most = time.monotonic(), options["per_second"]
    bucket = app.extra.setdefault("buckets", {}).setdefault(key, [now, most * 2])
    bucket[1] = min(most * 2, bucket[1] + (now - bucket[0]) * most)
    bucket[0] = now
    if bucket[1] < 1:
        raise Failure(429, "too many requests", bucket=f"{options['by']}:{key}", limit=f"{most}/s")
    bucket[1] -= 1


async def forbid(app: Any, item: Any, text: str, options: Any = None) -> None:
    """Who asks may not."""
    raise Failure(403, text)


async def query(app: Any, item: Any, sql: str, options: Any) -> None:
    """One statement on a connection of the pool."""
    values = [_value(name, item) for name in options.get("args", [])]
    try:
        async with app.pool.acquire(timeout=options.get("wait", 2)) as connection:
            if options.get("repeat"):
                for _ in range(options["repeat"]):
                    await connection.fetch(sql, *values)
            elif options.get("pair"):
                await _both(connection, sql, item, options)
            else:
                rows = await connection.fetch(sql, *values)
                if options.get("must") and not rows:
                    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
                    text = options["must"].replace("$id", str(item["id"])).replace("$now", now)
                    raise Failure(options.get("status", 500), text.replace("$rid", item["rid"]))
            if options.get("hold"):
                await asyncio.sleep(options["hold"])
    except TimeoutError as error:
        size, idle = app.pool.get_size(), app.pool.get_idle_size()
        if idle == 0 and size >= app.spec["db"]["pool"]:
            text = app.phrase("busy", wait=options.get("wait", 2))
            raise Failure(503, text, pool_size=size, pool_idle=idle) from error
        text = app.phrase("late", error=_told(error))
        raise Failure(504, text, statement=sql[:80]) from error
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        text = app.phrase("refused", error=_told(error))
        raise Failure(500, text, statement=sql[:80]) from error


async def _both(connection: Any, sql: str, item: Any, options: Any) -> None:
    """Two rows of one table in one transaction, in the order they come."""
    rows = [1, 2]
    if not options.get("sorted", True):
        RNG.shuffle(rows)
    async with connection.transaction():
        await connection.execute(sql, rows[0])
        await asyncio.sleep(options.get("between", 0.0))
        await connection.execute(sql, rows[1])


def _value(name: str, item: Any) -> Any:
    if name == "text":
        return item["rid"]
    return item["id"]


async def cached(app: Any, item: Any, prefix: str, seconds: int, sql: str, options: Any) -> None:
    """Read through the cache: on a miss ask the database and keep the answer."""
    key = f"{prefix}:all" if options.get("one") else f"{prefix}:{item['id']}"
    value = None
    try:
        value = await app.cache.get(key)
        app.cache_reads.labels("hit" if value else "miss").inc()
    except (redis.exceptions.RedisError, OSError) as error:
        app.cache_reads.labels("error").inc()
        if not options.get("soft", True):
            raise Failure(500, f"cache read failed: {_told(error)}", key=key) from error
        app.log.warning("cache read failed: %s", _told(error), extra={"fields": {"key": key}})
    if value:
        return
    if options.get("one"):
        app.log.info("cache miss, computing %s", key, extra={"fields": {"request_id": item["rid"]}})
    await query(app, item, sql, options)
    try:
        await app.cache.set(key, "x" * options.get("bytes", 400), ex=seconds)
    except (redis.exceptions.RedisError, OSError) as error:
        text = f"cache write failed: {_told(error)}"
        if not options.get("soft", True):
            raise Failure(500, text, key=key) from error
        app.log.warning(text, extra={"fields": {"key": key}})


async def push(app: Any, item: Any, queue: str, options: Any) -> None:
    """Put a job into a queue."""
    job = {"id": item["id"], "rid": item["rid"], "at": time.time(), **options.get("add", {})}
    if app.flags.get("bad_jobs") and RNG.random() < 0.2:
        job[app.flags["bad_jobs"]] = None
    try:
        app.queue_depth.labels(queue).set(await app.cache.lpush(queue, json.dumps(job)))
    except (redis.exceptions.RedisError, OSError) as error:
        raise Failure(500, f"could not enqueue to {queue}: {_told(error)}") from error


async def take(app: Any, item: Any, queue: str, options: Any) -> None:
    """Take a job out of a queue and do it; it goes back to the head when that fails."""
    try:
        raw = await app.cache.brpoplpush(queue, queue + ":taken", timeout=1)
    except redis.exceptions.TimeoutError:
        raw = None
    except (redis.exceptions.RedisError, OSError) as error:
        app.log.error("queue %s unavailable: %s", queue, _told(error))  # noqa: TRY400
        await asyncio.sleep(1)
        return
    app.queue_depth.labels(queue).set(await app.cache.llen(queue))
    if raw is None:
        return
    job = json.loads(raw)
    started = time.monotonic()
    job.setdefault("q", "")
    try:
        await app.run_steps(options["steps"], job)
    except Exception as error:
        app.requests.labels("JOB", queue, "500").inc()
        fields = {"job": job["id"], "request_id": job["rid"]}
        app.log.exception("job failed: %s", _told(error), extra={"fields": fields})
        await app.cache.lrem(queue + ":taken", 1, raw)
        await app.cache.rpush(queue, raw)
        if options.get("fatal"):
            raise
        await asyncio.sleep(options.get("pause", 0.5))
        return
    await app.cache.lrem(queue + ":taken", 1, raw)
    app.requests.labels("JOB", queue, "200").inc()
    took = time.monotonic() - started
    app.seconds.labels(queue).observe(took)
    fields = {"job": job["id"], "request_id": job["rid"], "ms": round(took * 1000)}
    fields["waited_ms"] = round((time.time() - job["at"]) * 1000)
    app.log.info("job done", extra={"fields": fields})


async def work(_: Any, item: Any, milliseconds: float, options: Any = None) -> None:
    """Computing, on the loop's own thread."""
    until = time.thread_time() + milliseconds / 1000
    digest = str(item["id"]).encode()
    while time.thread_time() < until:
        for _round in range(200):
            digest = hashlib.sha256(digest).digest()


async def wait(_: Any, item: Any, milliseconds: float, options: Any = None) -> None:
    """Time that passes without computing."""
    await asyncio.sleep(RNG.expovariate(1000 / milliseconds))


async def check(app: Any, item: Any, pattern: str, options: Any) -> None:
    """A field has to match a pattern."""
    if not re.match(pattern, options.get("text") or item["q"]) and options.get("strict"):
        raise Failure(422, "validation failed for field reference", value=item["q"][:60])


async def spool(app: Any, item: Any, folder: str, options: Any) -> None:
    """A document is written into a folder."""
    name = f"{item['rid']}-{RNG.randrange(10**9)}.{options.get('suffix', 'pdf')}"
    path = Path(folder, name)
    try:
        path.write_bytes(b"%" * options.get("bytes", 2000))
    except OSError as error:
        raise Failure(500, f"could not store document: {error}") from error


async def issue(app: Any, item: Any, secret: str, options: Any) -> None:
    """A signed token that is good from now for some seconds."""
    now = int(time.time())
    named = {"sub": item["id"], "iat": now, "exp": now + options["ttl"]}
    if "aud" in options:
        named["aud"] = options["aud"]
    claims = json.dumps(named)
    sign = hmac.new(secret.encode(), claims.encode(), hashlib.sha256).hexdigest()[:24]
    item["answer"] = {"token": claims.encode().hex() + "." + sign}


async def verify(app: Any, item: Any, secret: str, options: Any) -> None:
    """Refuse a token that is not signed with our secret, or not of this time."""
    claims, _, sign = item["token"].partition(".")
    body = bytes.fromhex(claims)
    good = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()[:24]
    if not hmac.compare_digest(good, sign):
        raise Failure(401, "token rejected: signature verification failed", kid=options["kid"])
    now, claimed = int(time.time()), json.loads(body)
    if now < claimed["iat"] - options["leeway"]:
        text = f"token rejected: not yet valid (iat={claimed['iat']}, now={now})"
        raise Failure(401, text, leeway=options["leeway"])
    if claimed.get("aud") != options.get("aud"):
        text = f"token rejected: audience is {claimed.get('aud')!r}, expected {options['aud']!r}"
        raise Failure(401, text, kid=options["kid"])
    if now > claimed["exp"]:
        raise Failure(401, f"token rejected: expired (exp={claimed['exp']}, now={now})")


async def quota(app: Any, item: Any, per_second: float, options: Any) -> None:
    """At most so many requests a second for all callers together."""
    now = time.monotonic()
    bucket = app.extra.setdefault("quota", [now, per_second * 2])
    bucket[1] = min(per_second * 2, bucket[1] + (now - bucket[0]) * per_second)
    bucket[0] = now
    if bucket[1] < 1:
        failure = Failure(429, "quota exceeded for account", limit=f"{per_second}/s")
        failure.headers = {"Retry-After": str(options.get("retry_after", 30))}
        raise failure
    bucket[1] -= 1


async def gate(app: Any, item: Any, slots: int, milliseconds: float, options: Any = None) -> None:
    """Work that only so many requests can do at once; the others wait in line."""
    line = app.extra.setdefault("gate", asyncio.Semaphore(slots))
    async with line:
        await asyncio.sleep(milliseconds / 1000 * RNG.uniform(0.8, 1.2))


async def say(app: Any, item: Any, level: str, text: str, options: Any = None) -> None:
    """A line in the log."""
    line = text.replace("$id", str(item["id"])).replace("$n", str(RNG.randint(2, 900)))
    if options and "offset" in options:
        local = time.gmtime(time.time() + options["offset"] * 3600)
        line = line.replace("$local", time.strftime("%Y-%m-%d %H:%M:%S", local))
    getattr(app.log, level)(line)


async def feature(app: Any, item: Any, name: str, options: Any = None) -> None:
    """Code that is wrong."""
    await FEATURES[name](app, item, options or {})


STEPS = {
    "call": call,
    "query": query,
    "together": together,
    "reply": reply,
    "limit": limit,
    "forbid": forbid,
    "cached": cached,
    "push": push,
    "take": take,
    "work": work,
    "wait": wait,
    "check": check,
    "spool": spool,
    "issue": issue,
    "verify": verify,
    "quota": quota,
    "gate": gate,
    "say": say,
    "feature": feature,
}
