// A small service of a made-up company on Node: the same routes made of steps as service.py has,
// without a database. `node service.js SPEC.json`; its socket is LISTEN_FD, so that a new version
// can take over from an old one.
"use strict";
const crypto = require("crypto");
const fs = require("fs");
const http = require("http");
const path = require("path");
const { FEATURES } = require("./features.js");

const specPath = process.argv[2];
const spec = JSON.parse(fs.readFileSync(specPath, "utf8"));
const app = { spec, flags: spec.flags || {}, hoard: [], gate: [], running: 0 };
const LEVELS = { info: 30, warning: 40, error: 50, critical: 60 };
const BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const counts = new Map();
const gauges = { http_requests_in_flight: 0, runtime_scheduling_delay_seconds: 0 };

function count(name, labels, by = 1) {
  const told = Object.entries(labels).map(([k, v]) => `${k}="${v}"`).join(",");
  const key = `${name}{${told}}`;
  counts.set(key, (counts.get(key) || 0) + by);
}

function log(level, msg, fields = {}, error = null) {
  count("log_lines_total", { level });
  const now = new Date();
  const stack = error && error.stack ? error.stack : null;
  let line;
  if (spec.style === "json") {
    const base = { level: LEVELS[level], time: now.getTime(), pid: process.pid, hostname: spec.host };
    const err = error ? { err: { type: error.name, message: error.message, stack } } : {};
    line = JSON.stringify({ ...base, name: spec.name, ...fields, ...err, msg });
  } else if (spec.style === "logfmt") {
    const pairs = { level: level === "warning" ? "warn" : level, ts: now.toISOString(), msg, ...fields };
    if (stack) pairs.stack = stack;
    line = Object.entries(pairs)
      .map(([k, v]) => `${k}=${/[\s"=]/.test(String(v)) ? JSON.stringify(String(v)) : v}`)
      .join(" ");
  } else {
    const rest = Object.keys(fields).length ? " " + JSON.stringify(fields) : "";
    line = `${now.toISOString()} ${level === "warning" ? "warn" : level}: ${msg}${rest}`;
    if (stack) line += "\n" + stack;
  }
  process.stdout.write(line + "\n");
}

function phrase(name, gaps) {
  return spec.phrases[name].replace(/{(\w+)}/g, (_, key) => gaps[key]);
}

class Failure extends Error {
  constructor(status, text, fields = {}) {
    super(text);
    this.status = status;
    this.fields = fields;
  }
}

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const agent = new http.Agent({ keepAlive: !spec.fresh, maxSockets: 100 });

function get(url, item, seconds) {
  return new Promise((resolve, reject) => {
    const headers = { "X-Request-ID": item.rid, Authorization: item.token || "" };
    const request = http.get(url, { headers, agent, localAddress: spec.addr }, (response) => {
      const parts = [];
      response.on("data", (part) => parts.push(part));
      response.on("end", () => {
        clearTimeout(timer);
        let body = {};
        try { body = JSON.parse(Buffer.concat(parts).toString()); } catch { /* not JSON */ }
        resolve({ status: response.statusCode, body, after: response.headers["retry-after"] });
      });
      response.on("error", reject);
    });
    const late = new Error(`timeout of ${Math.round(seconds * 1000)}ms exceeded`);
    late.code = "ETIMEDOUT";
    const timer = setTimeout(() => request.destroy(late), seconds * 1000);
    request.on("error", (error) => { clearTimeout(timer); reject(error); });
  });
}

async function call(item, target, url, options = {}) {
  const tries = 1 + (options.retries || 0);
  let text = "", status = 0, late = false, after = null;
  for (let attempt = 1; attempt <= tries; attempt++) {
    const started = process.hrtime.bigint();
    late = false;
    try {
      const filled = url.replace("$id", item.id).replace("$q", encodeURIComponent(item.q || ""));
      const answer = await get(filled, item, options.timeout || 3);
      status = answer.status;
      after = answer.after;
      text = phrase("answered", { target, status });
      if (status === 200) {
        count("outgoing_requests_total", { target, outcome: "ok" });
        if (answer.body.token) item.token = answer.body.token;
        return;
      }
    } catch (error) {
      const ms = Number(process.hrtime.bigint() - started) / 1e6;
      status = 0;
      late = error.code === "ETIMEDOUT";
      const told = `${error.name}: ${error.message}`;
      text = phrase("lost", { target, error: told, took: (ms / 1000).toFixed(2), ms: ms.toFixed(0) });
    }
    count("outgoing_requests_total", { target, outcome: String(status || "error") });
    if (attempt < tries) {
      log("warning", `${text}, retrying (${attempt}/${tries - 1})`, { request_id: item.rid });
      await sleep((options.backoff || 0.05) * attempt * 1000);
    }
  }
  if (options.optional) {
    log("warning", text, { request_id: item.rid, fallback: "default" });
    return;
  }
  const failure = new Failure(late ? 504 : 502, text, { upstream: target });
  if (status === 429) {
    failure.status = 503;
    failure.fields.retry_after = after;
  }
  throw failure;
}

async function work(item, milliseconds) {
  const begin = process.cpuUsage();
  let digest = Buffer.from(String(item.id));
  for (;;) {
    for (let round = 0; round < 200; round++) {
      digest = crypto.createHash("sha256").update(digest).digest();
    }
    const used = process.cpuUsage(begin);
    if ((used.user + used.system) / 1000 >= milliseconds) return;
  }
}

async function gate(_, slots, milliseconds) {
  while (app.running >= slots) await new Promise((resolve) => app.gate.push(resolve));
  app.running += 1;
  await sleep(milliseconds * (0.8 + Math.random() * 0.4));
  app.running -= 1;
  const next = app.gate.shift();
  if (next) next();
}

async function check(item, pattern, options = {}) {
  if (!new RegExp(pattern).test(options.text || item.q) && options.strict) {
    throw new Failure(422, "validation failed for field reference", { value: item.q.slice(0, 60) });
  }
}

async function spool(item, folder, options = {}) {
  const name = `${item.rid}-${Math.floor(Math.random() * 1e9)}.${options.suffix || "pdf"}`;
  try {
    await fs.promises.writeFile(path.join(folder, name), Buffer.alloc(options.bytes || 2000, "%"));
  } catch (error) {
    throw new Failure(500, `could not store document: ${error.message}`);
  }
}

async function say(item, level, text) {
  log(level, text.replace("$id", item.id).replace("$n", 2 + Math.floor(Math.random() * 898)));
}

const STEPS = {
  call, work, gate, check, spool, say,
  together: (item, steps) => Promise.all(steps.map((step) => runSteps([step], item))),
  wait: (_, ms) => sleep(-Math.log(1 - Math.random()) * ms),
  feature: (item, name, options = {}) => FEATURES[name](app, item, options, log),
};

async function runSteps(steps, item) {
  for (const [name, ...rest] of steps) {
    const last = rest[rest.length - 1];
    const options = last && typeof last === "object" ? last : {};
    if (options.flag && !app.flags[options.flag]) continue;
    if (options.share && Math.random() > options.share) continue;
    await STEPS[name](item, ...rest);
  }
}

function metrics() {
  const lines = [...counts].map(([key, value]) => `${key} ${value}`);
  for (const [name, value] of Object.entries(gauges)) lines.push(`${name} ${value}`);
  lines.push(`process_resident_memory_bytes ${process.memoryUsage.rss()}`);
  lines.push(`nodejs_heap_size_used_bytes ${process.memoryUsage().heapUsed}`);
  lines.push(`process_start_time_seconds ${(Date.now() / 1000 - process.uptime()).toFixed(2)}`);
  try { lines.push(`process_open_fds ${fs.readdirSync("/proc/self/fd").length}`); } catch { /* none */ }
  return lines.join("\n") + "\n";
}

function observe(route, seconds) {
  for (const le of [...BUCKETS, "+Inf"]) {
    if (le === "+Inf" || seconds <= le) {
      count("http_request_duration_seconds_bucket", { path: route, le });
    }
  }
  count("http_request_duration_seconds_count", { path: route });
  count("http_request_duration_seconds_sum", { path: route }, seconds);
}

function access(request, route, status, took, rid) {
  const ms = took.toFixed(1);
  if (spec.style === "json") {
    const req = { id: rid, method: request.method, url: request.url };
    const res = { statusCode: status };
    log("info", "request completed", { req, res, responseTime: Number(ms), duration_ms: Number(ms) });
  } else if (spec.style === "logfmt") {
    log("info", "request", { method: request.method, path: route, status, duration_ms: ms, request_id: rid });
  } else {
    log("info", `${request.method} ${request.url} ${status} ${took.toFixed(0)}ms - ${request.socket.remoteAddress}`);
  }
}

async function handle(request, response) {
  const url = new URL(request.url, "http://here");
  const route = url.pathname;
  if (route === "/metrics") return response.end(metrics());
  if (route === (spec.health || "/healthz")) return response.end('{"status":"up"}');
  const steps = spec.routes[route];
  if (!steps) { response.statusCode = 404; return response.end('{"ok":false}'); }
  const item = {
    id: Number(url.searchParams.get("id") || 1), q: url.searchParams.get("q") || "",
    token: request.headers.authorization || "",
    rid: request.headers["x-request-id"] || crypto.randomBytes(8).toString("hex"),
  };
  const started = process.hrtime.bigint();
  let status = 200;
  gauges.http_requests_in_flight += 1;
  try {
    await runSteps(steps, item);
  } catch (error) {
    status = error.status || 500;
    const fields = { path: route, request_id: item.rid, ...(error.fields || {}) };
    if (error instanceof Failure) log(status < 500 ? "warning" : "error", error.message, fields);
    else log("error", `unhandled ${error.name}: ${error.message}`, fields, error);
  }
  gauges.http_requests_in_flight -= 1;
  const took = Number(process.hrtime.bigint() - started) / 1e6;
  count("http_requests_total", { method: request.method, path: route, status });
  observe(route, took / 1000);
  access(request, route, status, took, item.rid);
  response.writeHead(status, { "Content-Type": "application/json" });
  return response.end(JSON.stringify(status === 200 ? { ok: true } : { ok: false, status }));
}

function watch() {
  let before = process.hrtime.bigint();
  setInterval(() => {
    const late = Number(process.hrtime.bigint() - before) / 1e9 - 0.2;
    before = process.hrtime.bigint();
    gauges.runtime_scheduling_delay_seconds = Math.max(0, late);
    if (spec.debug_loop && late > 0.3) {
      log("warning", `event loop was blocked for ${(late * 1000).toFixed(0)} ms`);
    }
  }, 200).unref();
  setInterval(() => {
    let fresh = app.flags;
    try { fresh = JSON.parse(fs.readFileSync(specPath, "utf8")).flags || {}; } catch { return; }
    for (const name of Object.keys(fresh)) {
      if (fresh[name] !== app.flags[name]) log("info", "flag changed", { flag: name, value: fresh[name] });
    }
    app.flags = fresh;
  }, 500).unref();
}

async function repeat(entry) {
  for (let number = 1; ; number++) {
    if (entry.every) await sleep(entry.every * 1000);
    await runSteps(entry.steps, { id: number, rid: `bg-${number}`, q: "" });
  }
}

async function main() {
  log("info", `starting ${spec.name} ${spec.version} on node ${process.version}`);
  await runSteps(spec.start_with || [], { id: 1, rid: "-", q: "" });
  const server = http.createServer({ keepAliveTimeout: 20000 }, handle);
  server.listen({ fd: Number(process.env.LISTEN_FD) }, () => {
    log("info", `listening on ${spec.addr}:${spec.port}`);
  });
  watch();
  for (const entry of spec.background || []) repeat(entry);
  process.on("SIGTERM", () => {
    log("info", "SIGTERM received, shutting down");
    server.close(() => process.exit(0));
    server.closeIdleConnections();
    setTimeout(() => process.exit(0), 3000).unref();
  });
}

main();
