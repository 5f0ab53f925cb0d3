// node run.js WHAT SIZE ENGINE: what a frame and a change of the graph cost when there is much of something. WHAT is chain,
// beside, or one of the scenarios. Prints one line of JSON.

import { InMemory, nanoseconds } from '../shared/in-memory.js';
import { scenarios, tieBlock, tieEnds } from '../shared/scenarios.js';
import { summary } from '../shared/statistics.js';
import { udpFrames } from '../shared/test-frames.js';

const ROUNDS = 7;
/** Block calls in a round, more or less. */
const CALLS = 2_000_000;
const LEAST = 20_000;
/** Frames until V8 has optimised even a function of 250 blocks. */
const WARM = 300_000;
const RETIES = 40;
/** Blocks on the frames' way, where those beside it are many. */
const WAY = 10;

const [what, sizeText, engineName] = process.argv.slice(2);
const size = Number(sizeText);
const bench = new InMemory(engineName === 'fused' ? 'fused' : 'dispatch');
const { engine } = bench;

/** `in`, so many counters, `end`; and others that no frame meets. @param {number} length @param {number} others */
function tieChain(length, others) {
  bench.tie((add, connect) => {
    add('end', 'end');
    add('in', 'entry', { link: 'in' });
    for (let i = 0; i < length; i++) add(`b${i}`, 'counter');
    connect('in', 'ingress', 'b0');
    for (let i = 1; i < length; i++) connect(`b${i - 1}`, 'ingress', `b${i}`);
    connect(`b${length - 1}`, 'ingress', 'end');
    for (let i = 0; i < others; i++) add(`o${i}`, 'counter');
    for (let i = 1; i < others; i++) if (i % WAY !== 0) connect(`o${i - 1}`, 'ingress', `o${i}`);
  });
  const link = bench.link('in');
  link.load(udpFrames());
  return link;
}

/** @param {string} name */
function tieScenario(name) {
  const scenario = scenarios[name];
  const link = tieEnds(bench, scenario, size);
  const made = tieBlock(bench, scenario, size);
  bench.run(scenario.fill?.(size) ?? 0, link);
  return { link, made };
}

const isChain = what === 'chain' || what === 'beside';
const { link, made } = isChain
  ? { link: tieChain(what === 'chain' ? size : WAY, what === 'beside' ? size : 0), made: 0 }
  : tieScenario(what);
const length = what === 'chain' ? size : isChain ? WAY : 1;
const frames = Math.max(LEAST, Math.round(CALLS / (length + 4)));
const first = isChain ? 'b0' : 'x';

bench.run(WARM, link);
bench.run(WARM, link); // twice, so that what was optimised meanwhile is entered anew
const times = Array.from({ length: ROUNDS }, () => nanoseconds(() => bench.run(frames, link)) / frames);
scenarios[what]?.check?.(bench, size);
const { isFused, refusal } = bench.fusedAt('in');
const isWhole = isFused || engineName === 'dispatch';

/** A change of structure: a block goes in front of all others, or is taken away again. @param {number} i */
function retie(i) {
  const { lifecycle, bindings, registry } = engine;
  engine.transaction((changes) => {
    const at = registry.find('in');
    bindings.disconnect(at, 'ingress', changes);
    if (i % 2 === 0) {
      const extra = lifecycle.add('extra', 'forward', {}, changes);
      bindings.connect(at, 'ingress', extra, changes);
      bindings.connect(extra, 'ingress', registry.find(first), changes);
    } else {
      bindings.connect(at, 'ingress', registry.find(first), changes);
      bindings.disconnect(registry.find('extra'), 'ingress', changes);
      lifecycle.remove(registry.find('extra'), 'unused', changes);
    }
  });
}

const { fusion } = engine.dispatch;
const [changes, makings] = [/** @type {number[]} */ ([]), /** @type {number[]} */ ([])];
for (let i = 0; i < RETIES; i++) {
  changes.push(nanoseconds(() => retie(i)) / 1000);
  const entry = fusion.entry(engine.registry.find('in'), 0);
  bench.run(64, link);
  if (engineName === 'fused')
    makings.push(nanoseconds(() => fusion.warmBatch(entry, fusion.warmFrames)) / 1000);
  bench.run(64, link);
}
const drops = bench.account();
if (Object.keys(drops).length > 0) throw new Error(`drops: ${JSON.stringify(drops)}`);
const totals = engine.totals();
if (bench.counter('end', 'packets') !== totals.in) throw new Error(`not all frames came to the end`);
console.log(
  JSON.stringify({
    nsPerFrame: summary(times),
    retieMicros: summary(changes),
    makeMicros: makings.length > 0 ? summary(makings) : undefined,
    madeMs: made,
    isFused: isWhole,
    refusal,
    counters: bench.countersDigest(),
  }),
);
