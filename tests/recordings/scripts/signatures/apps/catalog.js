// catalog: a small express service on PostgreSQL and Redis with pino's JSON log.
const fs = require('fs');
const express = require('express');
const pino = require('pino');
const { Pool } = require('pg');
const Redis = require('ioredis');

const log = pino({ base: { service: 'catalog' }, timestamp: pino.stdTimeFunctions.isoTime, level: process.env.LOG_LEVEL || 'info' });
if (process.env.REQUIRED) for (const name of process.env.REQUIRED.split(',')) {
  if (!process.env[name]) { log.fatal(`missing required environment variable ${name}`); process.exit(1); }
}
const pool = new Pool({ host: '127.0.0.1', user: 'shop', database: 'shop', max: Number(process.env.POOL_MAX || 4), connectionTimeoutMillis: Number(process.env.POOL_WAIT_MS || 2000) });
pool.on('error', err => log.error({ err }, 'idle client error'));
const redis = new Redis({ host: '127.0.0.1', maxRetriesPerRequest: 1, lazyConnect: true, retryStrategy: n => Math.min(n * 200, 1000) });
redis.on('error', err => log.error({ err }, 'redis client error'));
redis.on('ready', () => log.info('redis ready'));
const app = express();
const kept = [];
app.use((req, res, next) => {
  const t0 = process.hrtime.bigint();
  res.on('finish', () => log.info({ method: req.method, url: req.originalUrl, status: res.statusCode, ms: Number(process.hrtime.bigint() - t0) / 1e6, trace_id: req.get('x-request-id') }, 'request completed'));
  next();
});
const wrap = handler => (req, res) => handler(req, res).catch(err => { log.error({ err, url: req.originalUrl }, 'request failed'); res.status(500).json({ error: err.message }); });
app.get('/health', (req, res) => res.json({ ok: true }));
app.get('/items/:id', wrap(async (req, res) => {
  const { rows } = await pool.query('select id, total_cents from orders where id = $1', [req.params.id]);
  const item = process.env.RELEASE_BUG ? rows[0].pricing.amount : rows[0];
  res.json({ item });
}));
app.get('/slow', wrap(async (req, res) => {
  await pool.query('select pg_sleep($1)', [Number(req.query.seconds || 1)]);
  log.info({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }, 'pool stats');
  res.json({ ok: true });
}));
app.get('/session/:id', wrap(async (req, res) => { await redis.set('s:' + req.params.id, 'x'.repeat(500)); res.json({ ok: true }); }));
app.get('/thumb/:id', wrap(async (req, res) => { await fs.promises.writeFile(`/srv/data/thumb-${req.params.id}.jpg`, Buffer.alloc(Number(req.query.kb || 64) * 1024, 7)); res.json({ ok: true }); }));
app.get('/reindex', wrap(async (req, res) => {
  for (let i = 0; i < 40000; i++) kept.push({ id: i, tags: ['a' + i, 'b' + i], text: 'product ' + i + ' ' + Math.random() });
  const { heapUsed } = process.memoryUsage();
  log.info({ entries: kept.length, heapUsedMb: Math.round(heapUsed / 1048576) }, 'search index grown');
  res.json({ entries: kept.length });
}));
app.listen(8081, '127.0.0.1', () => log.info({ version: process.env.VERSION || '3.2.0' }, 'catalog listening'));
