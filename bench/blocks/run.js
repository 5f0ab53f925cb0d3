// node run.js KIND ENGINE: measures one kind of block alone: link → block → end. KIND `none` is link → end. Prints one
// line of JSON. Fails when a frame has no account, or was dropped where that is not the block's work.

import { catalogue } from '../../dist/index.js';
import { InMemory, nanoseconds } from '../shared/in-memory.js';
import { summary } from '../shared/statistics.js';
import { Digest, FRAMES, udpFrames } from '../shared/test-frames.js';
import { behind, kinds } from './kinds.js';

const ROUNDS = 7;
/** Passes of all frames in a round. */
const PASSES = 200;
const WARM_PASSES = 400;

const [kindName, engineName] = process.argv.slice(2);
const kind = kindName === 'none' ? {} : kinds[kindName];
const isIp = kind.layer === 'ip';
const passes = Math.max(2, Math.round(PASSES / (kind.slow ?? 1)));
const warmPasses = Math.max(4, Math.round(WARM_PASSES / (kind.slow ?? 1)));

const bench = new InMemory(engineName === 'fused' ? 'fused' : 'dispatch');
const { engine } = bench;
const type = catalogue.find((one) => one.kind === kindName);
const entry = kind.is === 'entry' ? 'x' : 'in';
bench.tie((add, connect) => {
  add('end', 'end');
  if (entry === 'in') add('in', 'entry', { link: 'in' });
  if (kindName === 'none') {
    connect('in', 'ingress', 'end');
    return;
  }
  add('x', kindName, kind.is === 'entry' ? { link: { kind: 'bench', name: 'in' } } : kind.config);
  if (kind.behind !== undefined) {
    add('before', kind.behind, behind[kind.behind]);
    connect('in', 'ingress', 'before');
    connect('before', 'ingress', 'x');
  } else if (entry === 'in') {
    connect('in', 'ingress', 'x');
  }
  if (kind.back !== undefined) connect('x', kind.back, entry);
  const usual = [...(type?.ports.ingress ? ['ingress'] : []), ...(type?.ports.egress ? ['egress'] : [])];
  for (const port of kind.ports ?? usual) connect('x', port, 'end');
});

const link = bench.link('in');
const frames = kind.frames ?? udpFrames();
link.load(isIp ? frames.map((frame) => frame.subarray(14)) : frames, isIp ? 0x0800 : undefined);
if (isIp) link.nextHop = 0x0a000102;
if (kind.prime !== undefined) {
  bench.run(1, link); // asks
  link.before.push(kind.prime(kindName));
  bench.run(0, link);
}

const end = /** @type {import('../shared/entry-and-end.js').End} */ (
  /** @type {unknown} */ (engine.registry.find('end').block)
);
const digest = new Digest();
end.digest = digest;

/** Every frame once more, looked at where it ends. */
function look() {
  end.looking = 1;
  bench.run(FRAMES, link);
  bench.settle();
  end.looking = 0;
}

look();
bench.run(warmPasses * FRAMES, link);
const times = [];
for (let round = 0; round < ROUNDS; round++) {
  times.push(nanoseconds(() => bench.run(passes * FRAMES, link)) / (passes * FRAMES));
}
look();
const { isFused, refusal, source } = bench.fusedAt(entry);
if (isFused !== (engineName === 'fused')) throw new Error(`fused: ${isFused}. ${refusal}`);

const drops = bench.account();
const allowed = (kind.drops ?? []).map((reason) => `x ${reason}`);
const surprise = Object.entries(drops).filter(([name]) => !allowed.includes(name));
if (surprise.length > 0)
  throw new Error(`${kindName} drops: ${JSON.stringify(Object.fromEntries(surprise))}`);
const part = [...(source?.parts ?? [])].find(([{ name }]) => name === 'x')?.[1];
console.log(
  JSON.stringify({
    nsPerFrame: summary(times),
    digest: digest.text,
    counters: bench.countersDigest(),
    ends: end.packets / engine.totals().in,
    part: part ?? '',
  }),
);
