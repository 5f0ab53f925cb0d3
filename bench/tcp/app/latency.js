// Requests of `node:http` over connections that are kept, and how long each takes.

import { createServer, request } from 'node:http';
import { percentile } from '../../shared/statistics.js';

const ANSWER = Buffer.alloc(100, 'wool ');
/** Connections at a fixed rate: requests beyond wait, and their time runs. */
const CONNECTIONS = 64;

/** A web server. @param {import('./network.js').Network} network @param {number} port */
export function serveHttp(network, port) {
  const web = createServer((_request, response) => response.end(ANSWER));
  web.keepAliveTimeout = 0;
  const server = network.createServer((socket) => web.emit('connection', socket));
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '0.0.0.0', () => resolve(undefined));
  });
}

/** @param {import('node:http').Agent} agent @param {{ host: string, port: number }} to @returns {Promise<void>} */
function ask(agent, to) {
  return new Promise((resolve, reject) => {
    const asked = request({ ...to, agent }, (response) => {
      response.resume().on('end', () => resolve());
    });
    asked.on('error', reject).end();
  });
}

/**
 * One after the other, each as soon as the one before has its answer.
 * @param {import('./network.js').Network} network @param {{ host: string, port: number }} to
 * @param {number} warm seconds @param {number} seconds
 */
export async function oneAtATime(network, to, warm, seconds) {
  const agent = network.agent({ keepAlive: true, maxSockets: 1 });
  /** @type {number[]} */
  const times = [];
  const begin = performance.now() + warm * 1000;
  for (let at = performance.now(); at < begin + seconds * 1000; ) {
    await ask(agent, to);
    const now = performance.now();
    if (at >= begin) times.push((now - at) * 1000);
    at = now;
  }
  agent.destroy();
  return { ...percentiles(times), requests: times.length };
}

/**
 * On a schedule that does not wait for answers: a request's time begins when it is due, not when it could be sent. The
 * client never sleeps.
 * @param {import('./network.js').Network} network @param {{ host: string, port: number }} to
 * @param {number} rate requests a second @param {number} warm seconds @param {number} seconds
 */
export async function atAFixedRate(network, to, rate, warm, seconds) {
  const agent = network.agent({ keepAlive: true, maxSockets: CONNECTIONS });
  /** @type {number[]} */
  const times = [];
  /** How late each was handed over: the clock's part of the figure. @type {number[]} */
  const late = [];
  /** @type {Promise<void>[]} */
  const underWay = [];
  const begin = performance.now();
  const all = Math.round(rate * (warm + seconds));
  const dueAt = (/** @type {number} */ n) => begin + (n * 1000) / rate;
  const one = async (/** @type {number} */ due, /** @type {boolean} */ isMeasured) => {
    const sent = performance.now();
    await ask(agent, to);
    if (!isMeasured) return;
    times.push((performance.now() - due) * 1000);
    late.push((sent - due) * 1000);
  };
  for (let next = 0; next < all; ) {
    const now = performance.now();
    // Timers count in whole milliseconds: the loop goes round until it is time.
    if (dueAt(next) > now) await new Promise((resolve) => setImmediate(resolve));
    for (const until = performance.now(); next < all && dueAt(next) <= until; next++) {
      underWay.push(one(dueAt(next), next >= rate * warm));
    }
  }
  await Promise.all(underWay);
  agent.destroy();
  return { ...percentiles(times), requests: times.length, late: percentile(late, 0.5) };
}

/** Microseconds. @param {readonly number[]} times */
function percentiles(times) {
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) };
}
