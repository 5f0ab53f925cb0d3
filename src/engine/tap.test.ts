import { describe, expect, test } from 'vitest';
import { portNumber } from '../contract/port.js';
import { testBlocks } from '../testing/blocks.js';
import { makeEngine, type TestEngine } from '../testing/engine.js';
import { numberedFrame } from '../testing/frames.js';
import { Tap } from './tap.js';

const bind = (upper: string, lower: string) => ({ do: 'bind', upper, lower }) as const;

function tapped(node: TestEngine, target: string, dropsOnly = false): { seen: string[]; tap: Tap } {
  const [name, port] = target.split(':');
  const instance = node.get(name);
  const number = port === undefined ? null : portNumber(instance.type.ports, port);
  const seen: string[] = [];
  const note = (frame: { u32(at: number): number }, text: string) =>
    seen.push(`${frame.u32(14)} ${text}`.trim());
  const tap = new Tap(instance.idp, number, note, dropsOnly);
  node.engine.observers.addTap(tap);
  return { seen, tap };
}

function figure(): TestEngine {
  const node = makeEngine({ types: testBlocks });
  node.hook('eth0');
  node.add({ t: 'tee', a: 'counter', end: 'discard', l: 'listener' });
  node.act(bind('t', 'eth0'), bind('a', 't'), bind('l', 't'), bind('end', 'a'));
  return node;
}

describe('a tap', () => {
  test('of a block sees what enters it, and again, with the reason, what ends there', () => {
    const node = figure();
    const [all, none] = [tapped(node, 'l'), tapped(node, 'a')];
    node.arrive('eth0', numberedFrame(1), numberedFrame(2));
    expect(all.seen).toEqual(['1', '1 dropped by l: unwanted', '2', '2 dropped by l: unwanted']);
    expect(none.seen).toEqual(['1', '2']);
  });

  test('of drops sees nothing else', () => {
    const node = figure();
    const [drops, quiet] = [tapped(node, 'l', true), tapped(node, 'a', true)];
    node.arrive('eth0', numberedFrame(1));
    node.act({ do: 'unbind', upper: 'end', lower: 'a' });
    node.arrive('eth0', numberedFrame(2));
    expect(drops.seen).toEqual(['1 dropped by l: unwanted', '2 dropped by l: unwanted']);
    expect(quiet.seen).toEqual(['2 dropped by a: unbound-port']);
  });

  test('of a port sees what leaves by it: frames, copies and what the block sends later', () => {
    const node = figure();
    node.add({ h: 'holder', end2: 'discard' });
    node.act(bind('h', 't'), bind('end2', 'h'));
    const [first, second, later] = [
      tapped(node, 't:ingress'),
      tapped(node, 't:ingress1'),
      tapped(node, 'h:ingress'),
    ];
    node.arrive('eth0', ...[1, 2, 3, 4].map((n) => numberedFrame(n)));
    expect([first.seen, second.seen]).toEqual([
      ['1', '2', '3', '4'],
      ['1', '2', '3', '4'],
    ]);
    expect(later.seen).toEqual(['1', '2']);
  });

  test('sees what a full link refuses', () => {
    const node = makeEngine();
    node.act({
      do: 'add',
      name: 'e',
      type: 'ethernet',
      config: { link: { kind: 'memory', name: 'e', limit: 1 }, queue: 1 },
    });
    const { seen } = tapped(node, 'e', true);
    for (let i = 1; i < 5; i++) node.inject('e', 1, numberedFrame(i));
    expect(seen).toEqual(['3 dropped by e: queue-full', '4 dropped by e: queue-full']);
  });

  test('stays when the block is replaced, and ends when it is taken away', () => {
    const node = figure();
    node.add({ b: 'counter' });
    const { seen, tap } = tapped(node, 'a');
    node.act({ do: 'replace', old: 'a', new: 'b' });
    node.arrive('eth0', numberedFrame(1));
    node.engine.observers.removeTap(tap);
    expect(node.engine.dispatch.observer).toBeNull();
    node.arrive('eth0', numberedFrame(2));
    expect(seen).toEqual(['1']);
  });

  test('changes nothing in the account', () => {
    const [plain, watched] = [figure(), figure()];
    tapped(watched, 'l');
    tapped(watched, 't:ingress1');
    for (const node of [plain, watched]) node.arrive('eth0', numberedFrame(1), numberedFrame(2));
    expect(watched.ask({ op: 'status' })).toEqual(plain.ask({ op: 'status' }));
  });
});
