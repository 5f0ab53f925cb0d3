import { expect, test } from 'vitest';
import { makeEngine, type TestEngine } from '../testing/engine.js';
import { alone, Overruled, type Peers } from './peers.js';
import { ControlService, requestSchema } from './service.js';

/** A service that has peers, and what it asks of them. */
function withPeers(refusing: Partial<Peers> = {}): {
  node: TestEngine;
  service: ControlService;
  asked: string[];
} {
  const node = makeEngine();
  const asked: string[] = [];
  const peers: Peers = {
    count: 2,
    meet: () => asked.push('meet'),
    begin: () => asked.push('begin'),
    agree: () => asked.push('agree'),
    disagree: () => asked.push('disagree'),
    overdue: (change) => asked.push(`overdue ${change}`),
    ...refusing,
  };
  return { node, service: new ControlService(node.engine, (line) => node.lines.push(line), peers), asked };
}

const addA = { do: 'add', name: 'a', type: 'counter' } as const;
const names = (node: TestEngine) => node.engine.registry.all().map(({ name }) => name);

test('a change begins when all stand still, and is made when all agree', () => {
  const { node, service, asked } = withPeers();
  service.handle(requestSchema.parse({ op: 'transaction', actions: [addA] }));
  expect(asked).toEqual(['meet', 'begin', 'agree']);
  expect(names(node)).toEqual(['a']);
});

test('what one cannot do it tells the others of; what others cannot do is not said, and leaves nothing', () => {
  const { service, asked } = withPeers();
  const twice = requestSchema.parse({ op: 'transaction', actions: [addA, addA] });
  expect(() => service.handle(twice)).toThrow('a block named "a" already');
  expect(asked).toEqual(['meet', 'begin', 'disagree']);

  const agree = () => {
    throw new Overruled('engine 1 could not');
  };
  const other = withPeers({ agree });
  const actions = [addA, { ...addA, name: 'b' }, { do: 'bind', upper: 'b', lower: 'a' }];
  expect(() => other.service.handle(requestSchema.parse({ op: 'transaction', actions }))).toThrow(Overruled);
  expect([names(other.node), other.node.lines]).toEqual([[], []]);
});

test.each(['status', 'show-all'] as const)('%s is read while all stand still', (op) => {
  const { service, asked } = withPeers();
  service.handle({ op });
  expect(asked).toEqual(['meet']);
});

test('a rehearsal, and what all would answer alike, concern one engine only', () => {
  const { service, asked } = withPeers();
  service.handle(requestSchema.parse({ op: 'transaction', actions: [addA], dryRun: true }));
  for (const op of ['list', 'types', 'graph'] as const) service.handle({ op });
  expect(asked).toEqual([]);
});

test('a change that is not confirmed in time is told once, and taken back when all are asked to', () => {
  const { node, service, asked } = withPeers();
  const change = requestSchema.parse({ op: 'transaction', actions: [addA], confirmSeconds: 1 });
  service.handle(change);
  node.clock.advance(2_000_000);
  expect([service.tick(), service.tick(), service.dueAt()]).toEqual([false, false, Number.POSITIVE_INFINITY]);
  expect(asked.slice(3)).toEqual(['overdue 1']);
  service.expire(2); // another change: not this one
  expect(names(node)).toEqual(['a']);
  service.expire(1);
  expect(names(node)).toEqual([]);
  expect(node.lines.at(-1)).toContain('rolled back: not confirmed in time');
  service.handle(change);
  service.expire(1); // the first one again, which is over
  expect(names(node)).toEqual(['a']);
});

test('a change that cannot be taken back now is told of again', () => {
  let busy = false;
  const meet = () => {
    if (busy) throw new Error('engine 1 is busy');
  };
  const { node, service, asked } = withPeers({ meet });
  service.handle(requestSchema.parse({ op: 'transaction', actions: [addA], confirmSeconds: 1 }));
  node.clock.advance(1_000_000);
  service.tick();
  busy = true;
  expect(() => service.expire(1)).toThrow('busy');
  node.clock.advance(1_000_000);
  service.tick();
  expect(asked.filter((one) => one.startsWith('overdue'))).toEqual(['overdue 1', 'overdue 1']);
});

test('one engine alone waits for nobody', () => {
  expect(alone.count).toBe(1);
  const node = makeEngine();
  node.service.handle(requestSchema.parse({ op: 'transaction', actions: [addA], confirmSeconds: 1 }));
  node.clock.advance(1_000_000);
  expect(node.service.tick()).toBe(true);
  expect(names(node)).toEqual([]);
});
