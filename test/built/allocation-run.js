// node --expose-gc allocation-run.js FRAMES KINDS: runs so many frames through one block of each kind, and prints for each
// how many bytes of heap a frame took, as a line {"kind": …, "bytesPerFrame": N}. KINDS is JSON: [[kind, config], …].

import { catalogue } from '../../dist/blocks/catalogue.js';
import { portCount, portName, portNumber } from '../../dist/contract/port.js';
import { Engine } from '../../dist/engine/engine.js';

const FRAMES = Number(process.argv[2]);
/** @type {[string, Record<string, unknown>][]} */
const KINDS = JSON.parse(process.argv[3] ?? '[]');
/** The heap is looked at so often that no collection of young objects comes in between: that of so many frames. */
const SLICE = Math.min(50_000, FRAMES);
const WARM = Math.min(150_000, 2 * FRAMES);
const gc = /** @type {() => void} */ (/** @type {unknown} */ (globalThis.gc));
let time = 1.7e15;
const counts = { received: 0 };

/** @param {import('../../dist/contract/link.js').LinkContext} context */
function endlessLink({ pool }) {
  const templates = Array.from({ length: 16 }, (_, i) => template(i));
  return {
    kind: 'memory',
    target: 'endless',
    fd: -1,
    maxSend: 0,
    address: null,
    interfaceIndex: 1,
    hardwareType: 1,
    local: false,
    stopped: 0,
    lastError: '',
    /** @param {import('../../dist/contract/frame.js').Frame[]} into @param {number} max */
    receive(into, max) {
      let count = 0;
      while (count < max) {
        const frame = pool.allocate();
        if (frame === null) break;
        frame.fill(templates[counts.received++ & 15]);
        frame.protocol = 0x800;
        frame.hardwareType = 1;
        into[count++] = frame;
      }
      return count;
    },
    /** @param {readonly import('../../dist/contract/frame.js').Frame[]} _ @param {number} from @param {number} to */
    send: (_, from, to) => to - from,
    losses: () => losses,
    held: () => 0,
    state: () => /** @type {const} */ ('up'),
    dueAt: () => 0,
    close() {},
  };
}
const losses = {};

/** UDP over IPv4 from a few hosts to a few ports, as Ethernet frames. @param {number} i */
function template(i) {
  const bytes = new Uint8Array(98);
  bytes.set([
    2,
    0,
    0,
    0,
    0,
    10,
    2,
    0,
    0,
    0,
    0,
    11,
    8,
    0,
    0x45,
    0,
    0,
    84,
    0,
    i,
    0x40,
    0,
    64,
    17,
    0,
    0,
    10,
    0,
    0,
    i,
    10,
    0,
    0,
    2,
  ]);
  let sum = 0;
  for (let at = 14; at < 34; at += 2) sum += (bytes[at] << 8) | bytes[at + 1];
  sum = ~((sum & 0xffff) + (sum >>> 16));
  bytes.set([(sum >> 8) & 255, sum & 255], 24);
  bytes.set([4, i, 0, 53, 0, 64], 34);
  return bytes;
}

/** @param {string} kind @param {Record<string, unknown>} config */
function measure(kind, config) {
  const engine = new Engine({
    types: catalogue,
    clock: { now: () => time },
    random: () => 12345,
    openLink: (_, context) => endlessLink(context),
    pool: { size: 4096 },
    fusion: { warmFrames: 256 },
  });
  engine.transaction((changes) => {
    const add = (/** @type {string} */ name, /** @type {string} */ type, /** @type {object} */ options) =>
      engine.lifecycle.add(name, type, { ...options }, changes);
    const source = add('source', 'ethernet', { link: { kind: 'memory' } });
    const end = add('end', 'discard', {});
    const block = kind === 'ethernet' ? source : add('x', kind, config);
    if (block !== source) engine.bindings.connect(source, 'ingress', block, changes);
    const { ports } = block.type;
    for (let port = 0; port < portCount(ports); port++) {
      const name = portName(ports, port);
      if (portNumber(ports, name) === port) engine.bindings.connect(block, name, end, changes);
    }
  });
  const run = (/** @type {number} */ frames) => {
    const end = counts.received + frames;
    while (counts.received < end) {
      engine.turn();
      time += 5;
    }
  };
  run(WARM); // until V8 has optimised what it will
  let least = Number.POSITIVE_INFINITY;
  let sum = 0;
  let slices = 0;
  for (let left = FRAMES; left > 0; left -= SLICE) {
    gc();
    const before = process.memoryUsage().heapUsed;
    run(SLICE);
    const grown = (process.memoryUsage().heapUsed - before) / SLICE;
    least = Math.min(least, grown);
    sum += grown;
    slices++;
  }
  const totals = engine.totals();
  console.log(
    JSON.stringify({
      kind,
      bytesPerFrame: sum / slices,
      least,
      frames: totals.in,
      invocations: totals.invocations,
    }),
  );
}

for (const [kind, config] of KINDS) measure(kind, config);
