// node making.js LENGTH: what it takes until a chain of so many counting blocks runs fused again after a change: to make
// the function, and to run it until V8 has optimised it. Prints one line of JSON.

import { InMemory, nanoseconds } from '../shared/in-memory.js';
import { percentile } from '../shared/statistics.js';
import { udpFrames } from '../shared/test-frames.js';

const CHANGES = 200;
/** After how many of them the frames are watched. */
const WATCHED = 9;
const BATCH = 64;
const BATCHES = 6000;
/** Batches that are taken together, so that one that was disturbed does not count. */
const WINDOW = 32;
/** A function is warm when a batch takes no more than so many times what it takes in the end. */
const WARM = 1.25;

const length = Number(process.argv[2]);
const bench = new InMemory('fused');
const { engine } = bench;
const { fusion } = engine.dispatch;
bench.tie((add, connect) => {
  add('end', 'end');
  add('in', 'entry', { link: 'in' });
  const names = Array.from({ length }, (_, i) => `b${i}`);
  for (const name of names) add(name, 'counter');
  const way = ['in', ...names, 'end'];
  for (let i = 1; i < way.length; i++) connect(way[i - 1], 'ingress', way[i]);
});
const link = bench.link('in');
link.load(udpFrames());

/** The last block gives way to a new one: the function's source is another, as it is after every real change. */
function change() {
  const { lifecycle, bindings, registry } = engine;
  const name = `b${length - 1}`;
  engine.transaction((changes) => {
    const [before, end] = [registry.find(length === 1 ? 'in' : `b${length - 2}`), registry.find('end')];
    lifecycle.remove(registry.find(name), 'force', changes);
    const last = lifecycle.add(name, 'counter', {}, changes);
    bindings.connect(before, 'ingress', last, changes);
    bindings.connect(last, 'ingress', end, changes);
  });
}

/** Microseconds to make the function. */
function make() {
  const entry = fusion.entry(engine.registry.find('in'), 0);
  const micros = nanoseconds(() => fusion.warmBatch(entry, fusion.warmFrames)) / 1000;
  if (entry.batch === null) throw new Error(`not fused: ${entry.refusal}`);
  return micros;
}

/** Frames until it is warm, what the ones before took more than warm ones do, and nanoseconds of a warm frame. */
function watch() {
  const times = Array.from({ length: BATCHES }, () => nanoseconds(() => bench.run(BATCH, link)));
  const warm = percentile(times.slice(-BATCHES / 4), 0.5);
  let at = 0;
  while (at + WINDOW < BATCHES && percentile(times.slice(at, at + WINDOW), 0.5) > warm * WARM) at++;
  const cold = times.slice(0, at).reduce((sum, time) => sum + time - warm, 0);
  return { frames: at * BATCH, coldMicros: cold / 1000, nsPerFrame: warm / BATCH };
}

/** @type {number[]} */
const micros = [];
/** @type {ReturnType<typeof watch>[]} */
const watched = [];
for (let i = 0; i < CHANGES; i++) {
  change();
  micros.push(make());
  if (i % Math.floor(CHANGES / WATCHED) === 0) watched.push(watch());
  else bench.run(BATCH, link);
}
const drops = bench.account();
if (Object.keys(drops).length > 0) throw new Error(`drops: ${JSON.stringify(drops)}`);
const all = engine.totals().in;
for (const name of ['end', ...Array.from({ length: length - 1 }, (_, i) => `b${i}`)]) {
  const packets = bench.counter(name, 'packets');
  if (packets !== all) throw new Error(`${name} has counted ${packets} of ${all} frames`);
}
const median = (/** @type {'frames' | 'coldMicros' | 'nsPerFrame'} */ name) =>
  percentile(
    watched.map((one) => one[name]),
    0.5,
  );
console.log(
  JSON.stringify({
    micros,
    warmFrames: fusion.warmFrames,
    framesUntilWarm: median('frames'),
    coldMicros: median('coldMicros'),
    nsPerFrame: median('nsPerFrame'),
  }),
);
