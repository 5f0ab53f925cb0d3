import { catalogue } from '../blocks/catalogue.js';
import type { Block, BlockClass, EnginePort } from '../contract/block.js';
import type { Frame } from '../contract/frame.js';
import { portCount } from '../contract/port.js';
import { PoolFrame } from '../engine/frame.js';
import { makeEngine } from './engine.js';
import { bytesOf, ethernetFrame, hexOf } from './frames.js';
import { ipv4Frame, ipv6Frame } from './ip-frames.js';
import { receiveFaults } from './receive-source.js';

type Receive = (this: Block, frame: Frame, engine: EnginePort) => number;

/** Frames of the usual kinds, some of them cut. */
export const usualFrames: readonly Uint8Array[] = [
  new Uint8Array(0),
  ethernetFrame(),
  ethernetFrame({ length: 13 }),
  ethernetFrame({ type: 0x0806 }),
  ipv4Frame(),
  ipv4Frame({ source: '10.0.0.9', words: [5, 53] }),
  ipv4Frame({ tags: [[0x8100, 5]] }),
  ipv4Frame().subarray(0, 36),
  ipv6Frame(),
  ipv6Frame({ source: 77 }),
];

/**
 * Runs frames through two blocks of a type that are alike, one by its `receive`, one by the source that its `inline`
 * answers. Answers what differed, and what is not portable in the source: three at most, nothing when all is well.
 * @param bound numbers of the ports that are bound, to IDPs 100 + number
 * @param prepare does the same to each of the two blocks
 */
export function sameAsInline(
  kind: string,
  config: Record<string, unknown>,
  bound: readonly number[] = [],
  prepare: (block: Block) => void = () => {},
  frames: readonly Uint8Array[] = usualFrames,
): string[] {
  const node = makeEngine();
  const type = catalogue.find((one) => one.kind === kind)!;
  const [one, other] = ['one', 'other'].map((name) => {
    node.act({ do: 'add', name, type: kind, config });
    const { block, ports } = node.get(name);
    for (const port of bound) ports[port] = 100 + port;
    if (ports.length !== portCount(type.ports)) throw new Error('ports are missing');
    prepare(block);
    return block;
  });
  const given = other.inline?.();
  if (given === undefined || given === null) return ['inline answers no source'];
  // A test runner has given imported names others, in what is made of the source of `receive` too.
  const source = given.replaceAll(/\(0,\s*__vite_\w+\.(\w+)\)|__vite_\w+\.(\w+)/g, '$1$2');
  const uses = type.uses ?? {};
  const faults = receiveFaults(`class X { ${source} }`, Object.keys(uses));
  const make = new Function(...Object.keys(uses), `'use strict'; return ({ ${source} }).receive;`);
  const receive = make(...Object.values(uses)) as Receive;
  for (const bytes of frames) {
    for (const direction of [0, 1] as const) {
      const results = [one.receive, receive].map((run, i) => {
        const frame = madeFrame(bytes, direction);
        const outcome = run.call(i === 0 ? one : other, frame, node.engine.dispatch);
        return `${outcome} ${frame.mark} ${hexOf(bytesOf(frame))} ${fieldsOf(i === 0 ? one : other, type)}`;
      });
      if (results[0] !== results[1]) faults.push(`${direction} ${hexOf(bytes)}: ${results.join(' but ')}`);
    }
  }
  return faults.slice(0, 3);
}

function madeFrame(bytes: Uint8Array, direction: 0 | 1): PoolFrame {
  const memory = new Uint8Array(2048);
  const frame = new PoolFrame(memory, new DataView(memory.buffer), 0, memory.length);
  frame.start = 32;
  frame.fill(bytes);
  frame.direction = direction;
  frame.hardwareType = 1;
  frame.protocol = frame.u16(12);
  return frame;
}

/** What the block has counted, and the state that it would hand on. */
function fieldsOf(block: Block, type: BlockClass): string {
  const fields = block as unknown as Record<string, unknown>;
  return [...Object.keys(type.counters), ...(type.state ?? [])]
    .map((name) => `${name}=${String(fields[name])}`)
    .join(' ');
}
