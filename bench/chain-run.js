// node chain-run.js ENGINE KIND LENGTH: measures one chain in this process and prints
// {"nsPerFrame": N, "digest": "…"}. ENGINE is dispatch or fused. Fails when a block's counter is not exactly right.

import { catalogue } from '../dist/blocks/catalogue.js';
import { Engine } from '../dist/engine/engine.js';
import { benchBlocks } from './shared/blocks.js';
import { summary } from './shared/statistics.js';

const FRAMES = 1024;
const BYTES = 64;
const BATCH = 64;
const ROUNDS = 7;
/** Passes of all frames in a round; about a twentieth of a second. Fixed, so that the digest is the same every time. */
const PASSES_BY_BLOCKS = 20_000;

const [engineName, kind, lengthText] = process.argv.slice(2);
const length = Number(lengthText);
const fused = engineName === 'fused';
/** A graph of many types: a call of `receive` is then megamorphic, as in a real node. */
const mixed = ['forward', 'counter', 'bpf', 'tee'];
const types = Array.from({ length }, (_, i) => (kind === 'mixed' ? mixed[i % mixed.length] : kind));

const engine = new Engine({
  types: [...catalogue, ...benchBlocks],
  clock: { now: () => 0 },
  random: () => 0,
  pool: { size: FRAMES },
  fusion: { fuse: fused, warmFrames: 1 },
});
const instances = engine.transaction((changes) => {
  const add = (/** @type {string} */ name, /** @type {string} */ type) =>
    engine.lifecycle.add(name, type, type === 'bpf' ? { filter: '{ 0x6, 0, 0, 0xffffffff },' } : {}, changes);
  const all = [...types.map((type, i) => add(`b${i}`, type)), add('end', 'keep')];
  for (let i = 1; i < all.length; i++) engine.bindings.bind(all[i], all[i - 1], changes);
  return all;
});

/** @type {import('../dist/engine/frame.js').PoolFrame[]} Each with bytes of its own; the last block keeps them all. */
const frames = Array.from({ length: FRAMES }, (_, i) => {
  const frame = engine.pool.allocate();
  if (frame === null) throw new Error('the pool is empty');
  frame.length = BYTES;
  for (let at = 0; at < BYTES; at += 4) frame.setU32(at, Math.imul(i + 1, 0x9e3779b1) ^ at);
  return frame;
});
const batches = Array.from({ length: FRAMES / BATCH }, (_, i) => frames.slice(i * BATCH, (i + 1) * BATCH));
const { accounts, dispatch } = engine;
const entry = dispatch.fusion.entry(instances[0], 0);
if (fused) dispatch.fusion.warmBatch(entry, 1);
if (fused && entry.batch === null) throw new Error(`not fused: ${entry.refusal}`);

/** A batch as a link joint hands it over. @param {import('../dist/engine/frame.js').PoolFrame[]} batch */
function run(batch) {
  let bytes = 0;
  if (entry.batch !== null) {
    bytes = entry.batch(batch, BATCH);
    accounts.frames += BATCH;
    accounts.bytes += bytes;
  } else {
    const { idp } = instances[0];
    for (let i = 0; i < BATCH; i++) {
      const frame = batch[i];
      bytes += frame.length;
      frame.link = idp;
      frame.direction = 0;
      frame.nextIdp = idp;
      frame.hops = 0;
      dispatch.processDispatched(frame);
    }
  }
  accounts.in += BATCH;
  accounts.inBytes += bytes;
}

/** @param {number} count */
function passes(count) {
  for (let i = 0; i < count; i++) for (const batch of batches) run(batch);
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

const count = Math.ceil(PASSES_BY_BLOCKS / (length + 5));
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
if (totals.in !== all || totals.dropped !== 0 || totals.invocations !== all * (length + 1)) {
  throw new Error(JSON.stringify(totals));
}
console.log(JSON.stringify({ nsPerFrame: summary(times).median, digest: digest() }));
