import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BlockClass } from '../contract/block.js';
import { portCount, portName, portNumber } from '../contract/port.js';
import type { BlockView } from '../control/views.js';
import { accountFaults } from '../testing/account.js';
import { makeEngine, type TestEngine } from '../testing/engine.js';
import { ethernetFrame, hexOf, taggedFrame } from '../testing/frames.js';
import { receiveFaults } from '../testing/receive-source.js';
import { sampleConfigs } from '../testing/sample-config.js';
import { catalogue } from './catalogue.js';

const source = (kind: string) => readFileSync(new URL(`./${kind}/${kind}.ts`, import.meta.url), 'utf8');

/** Add yours in src/testing/sample-config.ts. */
const options = sampleConfigs;

/** One block of a type, its ports bound to blocks that end frames, or to nothing. */
function alone(type: BlockClass, bound: boolean, fuse = false): TestEngine {
  const pool = { size: 40, slotSize: 512, headroom: 32 };
  const node = makeEngine({ seed: 1, pool, fusion: { fuse, warmFrames: 1 } });
  node.links.application(1, { bytes: 4096, frames: 3 });
  node.act({ do: 'add', name: 'x', type: type.kind, config: options[type.kind] ?? {} });
  node.add({ end: 'discard' });
  for (let port = 0; bound && port < portCount(type.ports); port++) {
    const name = portName(type.ports, port);
    if (portNumber(type.ports, name) === port) node.act({ do: 'connect', from: 'x', port: name, to: 'end' });
  }
  return node;
}

const counters = (node: TestEngine) => {
  const { block, type } = node.get('x');
  return Object.keys(type.counters).map((name) => (block as unknown as Record<string, unknown>)[name]);
};

const frame = fc.record({
  bytes: fc.oneof(
    fc.uint8Array({ maxLength: 100 }),
    fc.constantFrom(
      ethernetFrame(),
      ethernetFrame({ length: 400 }),
      taggedFrame(7),
      taggedFrame(8),
      new Uint8Array(480),
    ),
  ),
  direction: fc.constantFrom<0 | 1>(0, 1),
  metadata: fc.record({
    packetType: fc.nat(4),
    protocol: fc.nat(0xffff),
    vlanPresent: fc.nat(1),
    vlanTag: fc.nat(0xffff),
    mark: fc.nat(),
    hops: fc.constantFrom(0, 1, 254, 255),
  }),
});

function run(node: TestEngine, frames: { bytes: Uint8Array; direction: 0 | 1; metadata: object }[]): void {
  for (const { bytes, direction, metadata } of frames) {
    const one = node.engine.pool.allocate();
    if (one === null) continue;
    one.fill(bytes);
    Object.assign(one, metadata);
    node.engine.inject(one, node.get('x').idp, direction);
  }
}

test('every folder of blocks is a type of the catalogue, under its name', () => {
  const folders = readdirSync(new URL('.', import.meta.url), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  expect(folders.sort()).toEqual(catalogue.map((type) => type.kind).sort());
});

describe.each(catalogue.map((type) => [type.kind, type] as const))('%s', (_kind, type) => {
  test('declares what it is', () => {
    const words = [type.summary, ...Object.values(type.counters), ...Object.values(type.drops)];
    expect(words.filter((text) => text.length < 8 || /^[A-Z]|\.$/.test(text))).toEqual([]);
    expect(['source', 'sink', 'dual']).toContain(type.mode);
    const given = type.config.safeParse({ ...options[type.kind], 'no-such-option': 1 });
    expect(given.error?.issues.map((issue) => issue.code)).toEqual(['unrecognized_keys']);
    expect(Object.keys(type.drops).filter((name) => !/^[a-z][a-z-]*$/.test(name))).toEqual([]);
  });

  test('has its counters as fields that begin at 0', () => {
    expect(counters(alone(type, false))).toEqual(Object.keys(type.counters).map(() => 0));
  });

  test.each([
    true,
    false,
  ])('takes any frame, ports bound: %s; the account stays right and the pool whole', (bound) => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 30 }), (frames) => {
        const node = alone(type, bound);
        for (const one of frames) {
          const before = counters(node);
          run(node, [one]);
          expect(accountFaults(node.engine)).toEqual([]);
          const after = counters(node) as number[];
          expect(after.filter((n, i) => !(Number.isInteger(n) && n >= (before[i] as number)))).toEqual([]);
        }
        expect(node.drops()['x block-error']).toBeUndefined();
        node.engine.close();
        expect(accountFaults(node.engine)).toEqual([]);
        expect(node.engine.pool.free).toBe(40);
      }),
      { seed: 40, numRuns: 60 },
    );
  });

  test('does the same with the same frames', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 20 }), (frames) => {
        const outcome = () => {
          const node = alone(type, true);
          run(node, frames);
          const sent = node.links.live().flatMap((end) => end.take().map(hexOf));
          return { status: node.ask({ op: 'status' }), view: node.ask({ op: 'show', name: 'x' }), sent };
        };
        expect(outcome()).toEqual(outcome());
      }),
      { seed: 41, numRuns: 30 },
    );
  });

  test('does in a fused function what it does when it is called', () => {
    fc.assert(
      fc.property(fc.array(frame, { minLength: 3, maxLength: 30 }), fc.boolean(), (frames, bound) => {
        const outcome = (fuse: boolean) => {
          const node = alone(type, bound, fuse);
          run(node, frames);
          const { engine, engineWhy, ...view } = node.ask<BlockView>({ op: 'show', name: 'x' });
          const refusals = node.get('x').entries.map((entry) => entry.refusal);
          const sent = node.links.live().flatMap((end) => end.take().map(hexOf));
          return { status: node.ask({ op: 'status' }), view, sent, refusals, lines: node.lines };
        };
        expect(outcome(true)).toEqual(outcome(false));
      }),
      { seed: 42, numRuns: 40 },
    );
  });

  test('hands its counters to one of its own kind', () => {
    const node = alone(type, false);
    run(node, [{ bytes: ethernetFrame(), direction: 0, metadata: {} }]);
    run(node, [{ bytes: ethernetFrame(), direction: 1, metadata: {} }]);
    const before = counters(node);
    node.links.application(2);
    const config = { ...options[type.kind], ...(type.kind === 'socket' && { channel: 2 }) };
    node.act({ do: 'add', name: 'y', type: type.kind, config });
    const next = node.get('y');
    node.act({ do: 'replace', old: 'x', new: 'y' });
    const fields = next.block as unknown as Record<string, unknown>;
    expect(Object.keys(type.counters).map((name) => fields[name])).toEqual(before);
  });
});

test.each(
  catalogue.filter((type) => type.portable !== false).map((type) => [type.kind, type] as const),
)('the receive of %s keeps to the portable subset', (kind, type) => {
  expect(receiveFaults(source(kind), Object.keys(type.uses ?? {}), `${kind}.ts`)).toEqual([]);
});
