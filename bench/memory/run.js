// node --expose-gc run.js WHAT COUNT: makes so many of something and prints what that took, as one line of JSON.

import { Pool } from '../../dist/engine/pool.js';
import { InMemory, nanoseconds } from '../shared/in-memory.js';
import { scenarios, tieBlock, tieEnds } from '../shared/scenarios.js';
import { summary } from '../shared/statistics.js';

const ROUNDS = 7;
const FRAMES = 200_000;
const [what, countText] = process.argv.slice(2);
const count = Number(countText);

/** Bytes in use: of JavaScript's heap, and in array buffers. */
function used() {
  for (let i = 0; i < 3; i++) globalThis.gc?.();
  const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
  return { heap: heapUsed, buffers: arrayBuffers, rss };
}

/** @param {ReturnType<typeof used>} before */
function since(before) {
  const now = used();
  return { heap: now.heap - before.heap, buffers: now.buffers - before.buffers, rss: now.rss - before.rss };
}

/** Blocks in a chain, each bound to the next. */
function blocks() {
  const bench = new InMemory('fused', { pool: 1 });
  const before = used();
  const buildMs =
    nanoseconds(() =>
      bench.tie((add, connect) => {
        for (let i = 0; i < count; i++) add(`b${i}`, 'forward');
        for (let i = 1; i < count; i++) connect(`b${i - 1}`, 'ingress', `b${i}`);
      }),
    ) / 1e6;
  const took = since(before);
  bench.engine.close();
  return { took, buildMs };
}

function pool() {
  const before = used();
  const start = process.hrtime.bigint();
  const made = new Pool({ size: count });
  const buildMs = Number(process.hrtime.bigint() - start) / 1e6;
  const took = since(before);
  if (made.free !== count) throw new Error('the pool is not whole');
  return { took, buildMs };
}

/** A block that is filled by frames, or comes with its table. @param {import('../shared/scenarios.js').Scenario} scenario */
function table(scenario) {
  const bench = new InMemory('fused');
  const link = tieEnds(bench, scenario, count);
  const measure = () => {
    bench.run(FRAMES, link); // warms up
    const times = Array.from({ length: ROUNDS }, () => nanoseconds(() => bench.run(FRAMES, link)) / FRAMES);
    return summary(times);
  };
  const bare = measure();
  // The text that it is made of is no part of it.
  const configBytes = JSON.stringify(scenario.config(count)).length;
  const before = used();
  const buildMs = tieBlock(bench, scenario, count);
  const fillMs = nanoseconds(() => bench.run(scenario.fill?.(count) ?? 0, link)) / 1e6;
  const took = since(before);
  scenario.check?.(bench, count);
  const full = measure();
  const drops = bench.account();
  if (Object.keys(drops).length > 0) throw new Error(`drops: ${JSON.stringify(drops)}`);
  scenario.check?.(bench, count);
  const details = bench.engine.registry.find('x').block.details?.();
  return {
    took,
    buildMs,
    fillMs,
    nsPerFrame: full,
    bareNsPerFrame: bare,
    tableBytes: details?.tableBytes,
    configBytes,
  };
}

const special = { blocks, pool }[what];
const measured = special === undefined ? table(scenarios[what]) : special();
console.log(JSON.stringify(measured));
