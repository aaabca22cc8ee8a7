// Writes pino.json, winston.json, winston.log and node_console.log: `node node_loggers.cjs FOLDER`.
const fs = require("node:fs");
const path = require("node:path");
const pino = require("pino");
const winston = require("winston");

const folder = process.argv[2];
const at = (name) => path.join(folder, name);

function connect(pool) {
  throw new Error(`${pool}: 10 of 10 connections in use`);
}

function charge(order) {
  try {
    connect("orders");
  } catch (cause) {
    throw new TypeError(`order ${order} was not charged`, { cause });
  }
}

function failure(order) {
  try {
    charge(order);
  } catch (error) {
    return error;
  }
  return null;
}

function withPino() {
  const log = pino({ name: "orders" }, pino.destination({ dest: at("pino.json"), sync: true }));
  for (let order = 0; order < 12; order += 1) {
    const child = log.child({ reqId: `req-${1000 + order}` });
    child.info({ order }, "order taken");
    if (order % 4 === 3) child.error({ err: failure(order) }, "charging failed");
  }
}

function withWinston(name, ...formats) {
  const log = winston.createLogger({
    level: "debug",
    defaultMeta: { service: "orders" },
    format: winston.format.combine(winston.format.timestamp(), winston.format.errors({ stack: true }), ...formats),
    transports: [new winston.transports.File({ filename: at(name) })],
  });
  for (let order = 0; order < 12; order += 1) {
    log.info("order taken", { order, requestId: `req-${2000 + order}` });
    if (order % 4 === 1) log.warn("pool is nearly full", { used: 9, requestId: `req-${2000 + order}` });
    if (order % 4 === 3) log.error(failure(order));
  }
  log.end();
}

function withConsole() {
  const lines = [];
  for (let order = 0; order < 12; order += 1) {
    lines.push(`${new Date().toISOString()} INFO order ${order} taken`);
    if (order % 4 === 3) lines.push(`${new Date().toISOString()} ERROR ${failure(order).stack}`);
  }
  fs.writeFileSync(at("node_console.log"), `${lines.join("\n")}\n`);
}

for (const name of ["pino.json", "winston.json", "winston.log"]) fs.rmSync(at(name), { force: true });
withPino();
withWinston("winston.json", winston.format.json());
withWinston(
  "winston.log",
  winston.format.printf((one) => `${one.timestamp} [${one.service}] ${one.level}: ${one.stack || one.message}`),
);
withConsole();
