import fc from 'fast-check';
import { QuipuError } from '../contract/error.js';
import type { ActionInput } from '../control/actions.js';
import { actionSchema } from '../control/actions.js';
import { perform } from '../control/perform.js';
import type { TestEngine } from './engine.js';

const NAMES = ['a', 'b', 'c', 'd', 'e', 'site.f', 'constructor'];
const name = fc.constantFrom(...NAMES);

const ANY_ETHERNET =
  '{ 0x28, 0, 0, 0x0000000c }, { 0x15, 0, 1, 0x00000800 }, { 0x6, 0, 0, 30 }, { 0x6, 0, 0, 0 }';
const filters = [ANY_ETHERNET, '{ 0x6, 0, 0, 0x0000ffff }', '{ 0x6, 0, 0, 0 }'];
const plainTypes = ['forward', 'counter', 'tee', 'bpf', 'discard'];
const strangeTypes = ['flip', 'wild', 'holder', 'spawner', 'listener', 'heir'];

/** Blocks as `add` makes them; `strange` adds the types of `testing/blocks.ts`. */
function adding(strange: boolean, name: fc.Arbitrary<string>): fc.Arbitrary<ActionInput> {
  const types = strange ? [...plainTypes, ...strangeTypes] : plainTypes;
  return fc.oneof(
    fc.record({ do: fc.constant('add' as const), name, type: fc.constantFrom(...types) }),
    name.map((of) => ({
      do: 'add' as const,
      name: of,
      type: 'ethernet',
      config: { link: { kind: 'memory', name: of, limit: 3 }, queue: 2, promiscuous: true },
    })),
    name.map((of) => ({
      do: 'add' as const,
      name: of,
      type: strange ? 'wild' : 'tee',
      config: strange ? { answer: 'throw' } : {},
    })),
    fc.tuple(name, fc.nat(3)).map(([of, id]) => ({
      do: 'add' as const,
      name: of,
      type: 'ethernet-tagged',
      config: { id, device: `tap-${of}`.slice(0, 15) },
    })),
    fc.tuple(name, fc.constantFrom(...filters)).map(([of, filter]) => ({
      do: 'add' as const,
      name: of,
      type: 'bpf',
      config: { filter },
    })),
  );
}

const port = fc.constantFrom('ingress', 'egress', 'ingress1', 'ingress2', 'tag0', 'tag1');
const settings = fc.constantFrom<Record<string, unknown>>(
  ...filters.map((filter) => ({ filter })),
  { filter: null },
  { answer: 1 },
  { answer: 'throw' },
  { answer: -17 },
  { mood: 'fair' },
  { run: 'interpreted' },
);

/** Any action; many cannot be done. */
export function anyAction(strange = true): fc.Arbitrary<ActionInput> {
  const pair = <K extends string>(kind: K) => fc.tuple(name, name).map(([x, y]) => ({ kind, x, y }));
  return fc.oneof(
    { weight: 6, arbitrary: adding(strange, name) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(name, fc.constantFrom('unused' as const, 'force' as const, 'later' as const))
        .map(([of, mode]): ActionInput => ({ do: 'rm', name: of, mode })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(name, settings)
        .map(([of, options]): ActionInput => ({ do: 'set', name: of, options })),
    },
    {
      weight: 6,
      arbitrary: pair('bind').map(({ x, y }): ActionInput => ({ do: 'bind', upper: x, lower: y })),
    },
    {
      weight: 2,
      arbitrary: pair('unbind').map(({ x, y }): ActionInput => ({ do: 'unbind', upper: x, lower: y })),
    },
    {
      weight: 4,
      arbitrary: fc
        .tuple(name, port, name)
        .map(([from, of, to]): ActionInput => ({ do: 'connect', from, port: of, to })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(name, port)
        .map(([from, of]): ActionInput => ({ do: 'disconnect', from, port: of })),
    },
    {
      weight: 2,
      arbitrary: pair('subscribe').map(({ x, y }): ActionInput => ({ do: 'subscribe', who: x, to: y })),
    },
    {
      weight: 1,
      arbitrary: pair('unsubscribe').map(({ x, y }): ActionInput => ({ do: 'unsubscribe', who: x, to: y })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(name, name, fc.boolean())
        .map(([old, next, drop]): ActionInput => ({ do: 'replace', old, new: next, drop })),
    },
    { weight: 1, arbitrary: name.map((from): ActionInput => ({ do: 'notify', from, event: 'ping' })) },
  );
}

/** Actions that make a block under every name, and then bind and change them, as far as that can be done. */
export function anyGraph(strange = true): fc.Arbitrary<ActionInput[]> {
  const blocks = fc.tuple(...NAMES.map((of) => adding(strange, fc.constant(of))));
  return fc
    .tuple(blocks, fc.array(anyAction(strange), { maxLength: 40 }))
    .map(([first, then]) => [...first, ...then]);
}

/** Those of the actions that can be done one after the other, beginning with the graph as it is. */
export function possible(node: TestEngine, actions: readonly ActionInput[]): ActionInput[] {
  return node.engine.rehearse((changes) =>
    actions.filter((action) => {
      try {
        perform(node.engine, actionSchema.parse(action), changes);
        return true;
      } catch (error) {
        if (!(error instanceof QuipuError)) throw error;
        return false;
      }
    }),
  );
}

/** Makes a graph of whatever can be done of the actions. */
export function build(node: TestEngine, actions: readonly ActionInput[]): void {
  node.act(...possible(node, actions));
}

/** Runs a frame into every block, both ways. */
export function exercise(node: TestEngine): void {
  for (const instance of node.engine.registry.all()) {
    for (const direction of [0, 1] as const) node.inject(instance.name, direction);
  }
  node.settle();
}
