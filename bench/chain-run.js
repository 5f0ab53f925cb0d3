// node chain-run.js KIND LENGTH: measures one chain in this process and prints {"nsPerFrame": N, "digest": "…"}.
// Fails when a block's counter is not exactly the number of frames.

import { catalogue } from '../dist/blocks/catalogue.js';
import { Engine } from '../dist/engine/engine.js';
import { summary } from './shared/statistics.js';

const FRAMES = 1024;
const BYTES = 64;
const ROUNDS = 7;
/** Passes of all frames in a round; about a twentieth of a second. Fixed, so that the digest is the same every time. */
const PASSES_BY_BLOCKS = 10_000;

const [kind, lengthText] = process.argv.slice(2);
const length = Number(lengthText);
/** A graph of many types: the call of `receive` is then megamorphic, as in a real node. */
const mixed = ['forward', 'counter', 'bpf', 'tee'];
const types = Array.from({ length }, (_, i) => (kind === 'mixed' ? mixed[i % mixed.length] : kind));

const engine = new Engine({
  types: catalogue,
  clock: { now: () => 0 },
  random: () => 0,
  pool: { size: FRAMES },
});
const instances = engine.transaction((changes) => {
  const add = (/** @type {string} */ name, /** @type {string} */ type) =>
    engine.lifecycle.add(name, type, type === 'bpf' ? { filter: '{ 0x6, 0, 0, 0xffffffff },' } : {}, changes);
  const all = [...types.map((type, i) => add(`b${i}`, type)), add('end', 'discard')];
  for (let i = 1; i < all.length; i++) engine.bindings.bind(all[i], all[i - 1], changes);
  return all;
});

/** Takes all frames from the pool, each with bytes of its own. */
function fill() {
  for (let i = 0; i < FRAMES; i++) {
    const frame = take();
    for (let at = 0; at < BYTES; at += 4) frame.setU32(at, Math.imul(i + 1, 0x9e3779b1) ^ at);
    frames.push(frame);
  }
  for (const frame of frames) engine.pool.release(frame);
}

function take() {
  const frame = engine.pool.allocate();
  if (frame === null) throw new Error('the pool is empty');
  frame.length = BYTES;
  return frame;
}

/** All frames once through the chain, as a link joint does it. @param {number} idp */
function pass(idp) {
  const { accounts, dispatch } = engine;
  for (let i = 0; i < FRAMES; i++) frames[i] = take();
  for (let i = 0; i < FRAMES; i++) {
    const frame = frames[i];
    accounts.in++;
    accounts.inBytes += frame.length;
    frame.direction = 0;
    frame.nextIdp = idp;
    frame.hops = 0;
    dispatch.process(frame);
  }
}

/** @param {number} count */
function passes(count) {
  const { idp } = instances[0];
  for (let i = 0; i < count; i++) pass(idp);
}

/** FNV-1a of every frame's bytes, then of every counter. */
function digest() {
  let hash = 0x811c9dc5;
  const add = (/** @type {number} */ byte) => {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  };
  for (const frame of frames) for (let at = 0; at < BYTES; at++) add(frame.bytes[frame.start + at]);
  for (const value of counters())
    for (let shift = 0; shift < 6; shift++) add(Math.floor(value / 256 ** shift) & 255);
  return hash.toString(16).padStart(8, '0');
}

/** Every counter of every block. */
function counters() {
  return instances.flatMap(({ type, block }) =>
    Object.keys(type.counters).map((name) => Number(Object.getOwnPropertyDescriptor(block, name)?.value)),
  );
}

/** @type {import('../dist/engine/frame.js').PoolFrame[]} */
const frames = [];
fill();
const count = Math.ceil(PASSES_BY_BLOCKS / (length + 3));
passes(count); // warms up
const times = [];
for (let round = 0; round < ROUNDS; round++) {
  const start = process.hrtime.bigint();
  passes(count);
  times.push(Number(process.hrtime.bigint() - start) / (count * FRAMES));
}

const all = (ROUNDS + 1) * count * FRAMES;
for (const { name, type, block } of instances) {
  for (const [counter, expected] of Object.entries({ packets: all, bytes: all * BYTES })) {
    if (!(counter in type.counters)) continue;
    const value = Object.getOwnPropertyDescriptor(block, counter)?.value;
    if (value !== expected) throw new Error(`${name}.${counter} is ${value}, not ${expected}`);
  }
}
const totals = engine.totals();
if (totals.in !== all || totals.consumed !== all || totals.dropped !== 0)
  throw new Error(JSON.stringify(totals));
if (engine.pool.free !== FRAMES) throw new Error('the pool is not whole');
console.log(JSON.stringify({ nsPerFrame: summary(times).median, digest: digest() }));
