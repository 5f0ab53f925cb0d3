import { expect, test } from 'vitest';
import { type ActionInput, actionSchema } from '../../control/actions.js';
import { perform } from '../../control/perform.js';
import { accountFaults } from '../../testing/account.js';
import { makeEngine } from '../../testing/engine.js';
import { ethernetFrame, hexOf } from '../../testing/frames.js';
import type { Changes } from '../changes.js';

/** Frames before and after every kind of change; what came of them, step by step. */
function story(fuse: boolean): string[] {
  const node = makeEngine({ fusion: { fuse, warmFrames: 1 } });
  const { engine } = node;
  const seen: string[] = [];
  const see = () => {
    for (let i = 0; i < 3; i++) node.arrive('eth0', ethernetFrame(), ethernetFrame({ length: 80 }));
    const sent = node.links.end('out').take().map(hexOf);
    const blocks = engine.registry
      .all()
      .map(({ name }) => node.ask<{ counters: unknown }>({ op: 'show', name }));
    const counters = blocks.map((block) => block.counters);
    seen.push(JSON.stringify([sent, engine.totals(), engine.drops(), counters, accountFaults(engine)]));
  };
  const doing =
    (...actions: ActionInput[]) =>
    (changes: Changes) => {
      for (const action of actions) perform(engine, actionSchema.parse(action), changes);
    };
  const failing = (work: (changes: Changes) => void) => (changes: Changes) => {
    work(changes);
    throw new Error('on second thoughts, no');
  };

  node.hook('eth0', 'out');
  node.act(
    { do: 'add', name: 'p', type: 'prepend', config: { data: '0102' } },
    { do: 'add', name: 's', type: 'switch' },
    { do: 'add', name: 't', type: 'tee' },
    { do: 'add', name: 'c', type: 'counter' },
    { do: 'connect', from: 'eth0', port: 'ingress', to: 't' },
    { do: 'connect', from: 't', port: 'ingress', to: 'p' },
    { do: 'connect', from: 't', port: 'ingress1', to: 's' },
    { do: 'connect', from: 'p', port: 'ingress', to: 'c' },
    { do: 'connect', from: 's', port: 'ingress', to: 'c' },
    { do: 'connect', from: 's', port: 'ingress1', to: 'p' },
    { do: 'connect', from: 'c', port: 'ingress', to: 'out' },
  );
  see();
  const change = doing(
    { do: 'set', name: 'p', options: { data: 'aabbccdd' } },
    { do: 'set', name: 's', options: { output: 1 } },
    { do: 'disconnect', from: 't', port: 'ingress1' },
  );
  engine.rehearse(change);
  see();
  expect(() => engine.rehearse(failing(change))).toThrow();
  see();
  expect(() => engine.transaction(failing(change))).toThrow();
  see();
  const taken = engine.attempt(change);
  see();
  engine.takeBack(taken.changes);
  see();
  const kept = engine.attempt(change);
  see();
  engine.finish(kept.changes);
  see();
  node.act(
    { do: 'add', name: 'p2', type: 'prepend', config: { data: 'ff' } },
    { do: 'replace', old: 'p', new: 'p2' },
  );
  see();
  node.act({ do: 'add', name: 'c2', type: 'counter' }, { do: 'replace', old: 'c', new: 'c2' });
  see();
  node.act({ do: 'rm', name: 'c2', mode: 'force' });
  see();
  engine.close();
  return [...seen, JSON.stringify([engine.totals(), engine.pool.free])];
}

test('no function outlives the graph that it was made for', () => {
  expect(story(true)).toEqual(story(false));
});
