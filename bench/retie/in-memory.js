// Re-ties an engine in this thread, between memory links, and looks at every frame that comes out.

import { catalogue } from '../../dist/blocks/catalogue.js';
import { ControlService, requestSchema } from '../../dist/control/service.js';
import { Engine } from '../../dist/engine/engine.js';
import { memoryEnd } from '../../dist/links/memory/memory.js';
import { graph, Pauses, step } from './steps.js';

const BATCH = 64;
/** Batches between two transactions: more than it takes until a function is made. */
const BATCHES = 20;
const BYTES = 64;

/** @param {number} transactions @param {'dispatch' | 'fused'} mode @returns {import('../retie.js').Outcome} */
export function retieInMemory(transactions, mode) {
  /** @type {Map<string, import('../../dist/links/memory/memory.js').MemoryEnd>} */
  const ends = new Map();
  const engine = new Engine({
    types: catalogue,
    clock: { now: () => performance.now() * 1000 },
    random: () => 0,
    openLink(spec, context) {
      const end = memoryEnd(context);
      ends.set(String(spec.end), end);
      return end.link;
    },
    fusion: { fuse: mode === 'fused' },
  });
  const service = new ControlService(engine, () => {});
  const change = (/** @type {import('./steps.js').Action[]} */ actions) =>
    service.handle(requestSchema.parse({ op: 'transaction', actions }));
  change(graph({ kind: 'memory', end: 'in' }, { kind: 'memory', end: 'out' }));

  const traffic = new Traffic(engine, end(ends, 'in'), end(ends, 'out'));
  const pauses = new Pauses();
  for (let i = 0; i < transactions; i++) {
    for (let batch = 0; batch < BATCHES; batch++) traffic.batch();
    checkEngine(engine, mode);
    traffic.inject(); // so that frames wait while the graph changes
    const { kind, actions } = step(i);
    const start = performance.now();
    change(actions);
    pauses.note(kind, start);
    traffic.run();
  }
  engine.close();
  return { place: `in memory, ${mode}`, pauses: pauses.byKind, frames: traffic.account() };
}

/** Frames run by the engine that is measured. @param {Engine} engine @param {'dispatch' | 'fused'} mode */
function checkEngine({ dispatch, registry }, mode) {
  const entry = dispatch.fusion.entry(registry.find('in'), 0);
  if ((entry.batch !== null) !== (mode === 'fused'))
    throw new Error(`${mode}: ${entry.refusal || 'the other engine runs'}`);
}

/** @param {Map<string, import('../../dist/links/memory/memory.js').MemoryEnd>} ends @param {string} name */
function end(ends, name) {
  const found = ends.get(name);
  if (found === undefined) throw new Error(`the graph has not opened link ${name}`);
  return found;
}

/** Numbered frames in at one link, looked at where they leave the other. */
class Traffic {
  #engine;
  #in;
  #out;
  #frame = Buffer.alloc(BYTES);
  #sent = 0;
  #received = 0;
  #reordered = 0;
  #last = -1;

  /**
   * @param {Engine} engine
   * @param {import('../../dist/links/memory/memory.js').MemoryEnd} from
   * @param {import('../../dist/links/memory/memory.js').MemoryEnd} to
   */
  constructor(engine, from, to) {
    this.#engine = engine;
    this.#in = from;
    this.#out = to;
    this.#frame.set([2, 0, 0, 0, 0, 0x99, 2, 0, 0, 0, 0, 1, 0x88, 0xb5]);
  }

  batch() {
    this.inject();
    this.run();
  }

  inject() {
    for (let i = 0; i < BATCH; i++) {
      this.#frame.writeUInt32BE(this.#sent++, 14);
      if (!this.#in.inject(this.#frame)) throw new Error('the memory link is full');
    }
  }

  run() {
    while (this.#engine.turn() > 0) {}
    for (const bytes of this.#out.take()) {
      const number = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readUInt32BE(14);
      if (number <= this.#last) this.#reordered++;
      this.#last = number;
      this.#received++;
    }
  }

  account() {
    const [sent, received, reordered] = [this.#sent, this.#received, this.#reordered];
    return { sent, received, lost: sent - received, reordered };
  }
}
