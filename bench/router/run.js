// node run.js GRAPH ENGINE WAYS: forwards packets between two links in memory. GRAPH is router (examples/ip-router.yaml)
// or bare (one link tied to the other: what the links alone cost); ENGINE is dispatch or fused; WAYS is 1 (from eth0 to
// eth1) or 2 (and back). Prints one line of JSON. Fails unless every packet comes out as a router has to change it, in
// order, and every counter is exactly right.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue } from '../../dist/blocks/catalogue.js';
import { actionsTowards } from '../../dist/control/difference.js';
import { kindsOf } from '../../dist/control/graph-check.js';
import { parseGraphFile } from '../../dist/control/graph-file.js';
import { perform } from '../../dist/control/perform.js';
import { InMemory, nanoseconds } from '../shared/in-memory.js';
import { summary } from '../shared/statistics.js';
import { arpReply, BYTES, Digest, FRAMES, mac, udpFrames } from '../shared/test-frames.js';

const ROUNDS = 7;
const PASSES = 1000;
const HOSTS = ['02:00:00:00:00:02', '02:00:00:00:00:03'];
/** Who has to have counted every packet; the first of each way, which waits for ARP, included. */
const COUNTERS = /** @type {const} */ ([
  ['check', 'packets', 1],
  ['rt', 'packets', 1],
]);
const IP_CHECKSUM = 24;
const TTL = 22;

const [graphName, engineName, waysText] = process.argv.slice(2);
const ways = Number(waysText);
const isBare = graphName === 'bare';
const file = join(import.meta.dirname, '../../examples/ip-router.yaml');
const router = parseGraphFile(readFileSync(file, 'utf8'), 'ip-router.yaml', kindsOf(catalogue));
const routers = [0, 1].map((i) => String(router.blocks[`eth${i}.me`].config.mac));
const { eth0, eth1 } = router.blocks;
const bare = {
  blocks: { eth0, eth1 },
  bindings: ['eth0:ingress -> eth1', 'eth1:ingress -> eth0'],
  subscriptions: [],
};
const graph = isBare ? bare : router;

const bench = new InMemory(engineName === 'fused' ? 'fused' : 'dispatch', {
  address: (name) => mac(routers[Number(name.slice(-1))]),
});
const { engine } = bench;
engine.transaction((changes) => {
  for (const action of actionsTowards(engine, graph)) perform(engine, action, changes);
});
const links = [bench.link('eth0'), bench.link('eth1')];
const senders = links.slice(0, ways);

/** By link: what comes in, and what has to come out by the other one. */
const templates = links.map((_, i) =>
  udpFrames({
    from: HOSTS[i],
    to: routers[i],
    ...(i === 0 ? { destination: '10.0.1.2' } : { source: '10.0.1.2', destination: '10.0.0.2' }),
  }),
);
const expected = templates.map((frames, i) =>
  frames.map((frame) => (isBare ? frame : routed(frame, routers[1 - i], HOSTS[1 - i]))),
);
links.forEach((link, i) => {
  link.load(templates[i]);
});

/** @param {Uint8Array} frame @param {string} from @param {string} to */
function routed(frame, from, to) {
  const out = Uint8Array.from(frame);
  out.set(mac(to), 0);
  out.set(mac(from), 6);
  out[TTL]--;
  out.set([0, 0], IP_CHECKSUM);
  let sum = 0; // RFC 1071, of the whole header: not as the router does it
  for (let at = 14; at < 34; at += 2) sum += (out[at] << 8) | out[at + 1];
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  out.set([(~sum >>> 8) & 255, ~sum & 255], IP_CHECKSUM);
  return out;
}

/** The hosts answer the router's question for their addresses, which the first packet of each way makes it ask. */
function resolve() {
  let questions = 0;
  links.forEach((link, i) => {
    link.onSend = (frame) => {
      if (frame.u16(12) !== 0x0806) return;
      questions++;
      link.before.push(arpReply(frame.bytes.slice(frame.start, frame.start + frame.length), HOSTS[i]));
    };
  });
  bench.run(1, ...senders);
  for (let turn = 0; turn < 10; turn++) engine.turn();
  if (questions !== ways) throw new Error(`${questions} ARP requests, not ${ways}`);
  for (const link of links) {
    link.onSend = null;
    link.given = 0; // from here on they go out in order, beginning with the first
    link.sent = 0;
  }
}

/** Sends every frame once and compares it with what it has to be. @param {Digest} digest */
function verify(digest) {
  let seen = 0;
  senders.forEach((_, i) => {
    let next = 0;
    links[1 - i].onSend = ({ bytes, start, length }) => {
      const wanted = expected[i][next++ % FRAMES];
      for (let at = 0; at < BYTES; at++) {
        if (bytes[start + at] !== wanted[at])
          throw new Error(`packet ${next - 1}: byte ${at} is ${bytes[start + at]}, not ${wanted[at]}`);
      }
      if (length !== BYTES) throw new Error(`packet ${next - 1} has ${length} bytes`);
      digest.add(bytes, start, start + length);
      seen++;
    };
  });
  bench.run(FRAMES, ...senders);
  for (const link of links) link.onSend = null;
  if (seen !== FRAMES * ways) throw new Error(`${seen} packets of ${FRAMES * ways} came out`);
}

if (!isBare) resolve();
const digest = new Digest();
verify(digest); // while the graph is cold: by the reference
bench.run(PASSES * FRAMES, ...senders); // warms up
const times = [];
let [used, elapsed] = [0, 0];
for (let round = 0; round < ROUNDS; round++) {
  const before = process.cpuUsage();
  const time = nanoseconds(() => bench.run(PASSES * FRAMES, ...senders));
  const { user, system } = process.cpuUsage(before);
  used += (user + system) * 1000;
  elapsed += time;
  times.push(time / (PASSES * FRAMES * ways));
}
verify(digest);
const { isFused, refusal, source } = bench.fusedAt('eth0');
if (isFused !== (engineName === 'fused')) throw new Error(`fused: ${isFused}. ${refusal}`);

const each = (PASSES * (ROUNDS + 1) + 2) * FRAMES;
for (const [i, link] of links.entries()) {
  const due = i < 2 - ways ? 0 : each;
  if (link.sent !== due) throw new Error(`${link.target} sent ${link.sent} packets, not ${due}`);
}
for (const [block, counter, more] of isBare ? [] : COUNTERS) {
  const value = bench.counter(block, counter);
  if (value !== (each + more) * ways)
    throw new Error(`${block}.${counter} is ${value}, not ${(each + more) * ways}`);
}
const drops = bench.account();
if (Object.keys(drops).length > 0) throw new Error(`drops: ${JSON.stringify(drops)}`);

console.log(
  JSON.stringify({
    nsPerPacket: summary(times).median,
    cores: used / elapsed,
    digest: digest.text,
    counters: bench.countersDigest(),
    blocks: Math.round(engine.totals().invocations / engine.totals().frames),
    called: [...(source?.parts ?? [])].filter(([, part]) => part === 'called').map(([{ name }]) => name),
  }),
);
