// Blocks with much in them: what the groups `memory` and `growth` fill and run.

import { makePrefixes, numbers, reference } from './prefixes.js';
import { udpFrame } from './test-frames.js';

/** Coprime to all powers of ten: steps of it meet every flow once before the first one comes again. */
const STEP = 611_953;

/** @typedef {import('./in-memory.js').InMemory} InMemory */
/** @typedef {(frame: import('../../dist/contract/frame.js').Frame, given: number) => void} Vary */

/**
 * A graph `in` → `x` → `end` whose link sends what fills `x`.
 * @typedef {object} Scenario
 * @property {string} type of block `x`
 * @property {(size: number) => Record<string, unknown>} config
 * @property {(size: number) => Vary} [vary] what is different from frame to frame
 * @property {(size: number) => number} [fill] frames until it is full
 * @property {(bench: InMemory, size: number) => void} [check] throws unless it holds what it has to
 * @property {readonly string[]} [ports] by which frames leave; else `ingress`
 * @property {number} [nextHop] frames come without Ethernet header, with this next hop
 */

/** Frames of `size` flows by turns, in an order without a pattern. @param {number} size @param {number} firstSource */
function flows(size, firstSource) {
  const step = STEP % size;
  let at = 0;
  return (/** @type {import('../../dist/contract/frame.js').Frame} */ frame) => {
    frame.setU32(26, firstSource + at);
    frame.setU16(34, 1024 + (at % 64_000));
    at += step;
    if (at >= size) at -= size;
  };
}

/** The prefixes of the last size asked for: they take a second to make. @type {ReturnType<typeof makePrefixes>} */
let prefixes = makePrefixes(0);
/** @param {number} size */
function prefixesOf(size) {
  if (prefixes.networks.length !== size) prefixes = makePrefixes(size);
  return prefixes;
}

/** @type {Record<string, Scenario>} */
export const scenarios = {
  'flow-counter': {
    type: 'flow-counter',
    config: (size) => ({ flows: size }),
    vary: (size) => flows(size, 0x0b000000),
    fill: (size) => size,
    check: (bench, size) => same('flows', bench.counter('x', 'created'), size),
  },
  'source-nat': {
    type: 'source-nat',
    config: (size) => ({ address: '192.0.2.1-192.0.2.32', mappings: size }),
    vary: (size) => flows(size, 0x0a000000),
    fill: (size) => size,
    check: (bench, size) => same('mappings', bench.counter('x', 'created'), size),
  },
  route: {
    type: 'route',
    config: (size) => ({ routes: prefixesOf(size).text }),
    vary: (size) => destinations(size),
    check: checkRoutes,
    ports: Array.from({ length: 64 }, (_, i) => (i === 0 ? 'ingress' : `ingress${i}`)),
    nextHop: 1,
  },
  classifier: {
    type: 'classifier',
    // Only the last one holds.
    config: (size) => ({
      rules: Array.from({ length: size }, (_, i) => (i === size - 1 ? '36/0035' : `36/${hex(1000 + i)}`)),
    }),
    check: (bench) => same('frames classified', bench.counter('end', 'packets') > 0 ? 1 : 0, 1),
    ports: Array.from({ length: 16 }, (_, i) => (i === 0 ? 'ingress' : `ingress${i}`)),
  },
  bpf: {
    type: 'bpf',
    config: (size) => ({
      filter: Array.from({ length: size }, (_, i) => `udp dst port ${i === size - 1 ? 53 : 1000 + i}`).join(
        ' or ',
      ),
    }),
  },
};

/** @param {number} value */
const hex = (value) => value.toString(16).padStart(4, '0');

/** An address below each prefix by turns, in an order without a pattern. @param {number} size @returns {Vary} */
function destinations(size) {
  const { networks, lengths } = prefixesOf(size);
  const next = numbers(7);
  const addresses = networks.map((network, i) => network | (next() & ~(-1 << (32 - lengths[i]))));
  const step = STEP % size;
  let at = 0;
  return (frame) => {
    frame.setU32(16, addresses[at]);
    at += step;
    if (at >= size) at -= size;
  };
}

/** The block answers as the slow way does. @param {InMemory} bench @param {number} size */
function checkRoutes({ engine }, size) {
  const table = prefixesOf(size);
  const portOf = reference(table);
  const next = numbers(11);
  const frame = engine.pool.allocate();
  if (frame === null) throw new Error('the pool is empty');
  frame.fill(udpFrame().subarray(14));
  const { block } = engine.registry.find('x');
  for (let i = 0; i < 20_000; i++) {
    // Below a prefix, or anywhere.
    const address = (i & 1 ? table.networks[next() % size] | (next() & 255) : next()) >>> 0;
    frame.setU32(16, address);
    const port = portOf(address);
    const outcome = block.receive(frame, engine.dispatch);
    if (port < 0 ? outcome >= 0 : outcome !== 2 * port)
      throw new Error(`route: ${address} goes to ${outcome}, not to port ${port}`);
  }
  engine.pool.release(frame);
}

/** @param {string} what @param {number} there @param {number} due */
function same(what, there, due) {
  if (there !== due) throw new Error(`${what}: ${there}, not ${due}`);
}

/** Ties `in` → `end`, and leaves `x` for later. @param {InMemory} bench @param {Scenario} scenario @param {number} size */
export function tieEnds(bench, { vary, nextHop }, size) {
  bench.tie((add, connect) => {
    add('end', 'end');
    add('in', 'entry', { link: 'in' });
    connect('in', 'ingress', 'end');
  });
  const link = bench.link('in');
  const frame = udpFrame();
  link.load([nextHop === undefined ? frame : frame.subarray(14)], 0x0800);
  if (vary !== undefined) link.vary = vary(size);
  return link;
}

/** Puts `x` between. @param {InMemory} bench @param {Scenario} scenario @param {number} size */
export function tieBlock({ engine }, { type, config, ports = ['ingress'] }, size) {
  const { lifecycle, bindings, registry } = engine;
  const options = config(size);
  const start = process.hrtime.bigint();
  engine.transaction((changes) => {
    const x = lifecycle.add('x', type, options, changes);
    const [before, end] = [registry.find('in'), registry.find('end')];
    bindings.disconnect(before, 'ingress', changes);
    bindings.connect(before, 'ingress', x, changes);
    for (const port of ports) bindings.connect(x, port, end, changes);
  });
  return Number(process.hrtime.bigint() - start) / 1e6;
}
