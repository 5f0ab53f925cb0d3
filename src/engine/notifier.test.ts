import { describe, expect, test } from 'vitest';
import { type Listener, testBlocks } from '../testing/blocks.js';
import { makeEngine, type TestEngine } from '../testing/engine.js';

const notify = (from: string, event: string, payload?: unknown) =>
  ({ do: 'notify', from, event, payload }) as const;
const subscribe = (who: string, to: string) => ({ do: 'subscribe', who, to }) as const;
const unsubscribe = (who: string, to: string) => ({ do: 'unsubscribe', who, to }) as const;
const bind = (upper: string, lower: string) => ({ do: 'bind', upper, lower }) as const;
const unbind = (upper: string, lower: string) => ({ do: 'unbind', upper, lower }) as const;

function listeners(...names: string[]): TestEngine {
  const node = makeEngine({ types: testBlocks });
  node.add(Object.fromEntries(names.map((name) => [name, 'listener'])));
  return node;
}
const heard = (node: TestEngine, name: string) => node.block<Listener>(name).heard();

test('events come in the order of their making, with payload and sender', () => {
  const node = listeners('a', 'b');
  node.act(subscribe('b', 'a'), subscribe('a', 'b'));
  node.act(notify('a', 'one', { n: 1 }), notify('b', 'two', [2]), notify('a', 'three'));
  expect(heard(node, 'b')).toEqual(['one a {"n":1}', 'three a null']);
  expect(heard(node, 'a')).toEqual(['two b [2]']);
  expect(node.block<Listener>('b').events[0]).toMatchObject({ type: 'one', from: 'a', fromIdp: 1 });
});

test('an event reaches who is subscribed when it is made, and no longer after that', () => {
  const node = listeners('a', 'b');
  node.act(notify('a', 'early'));
  node.act(subscribe('b', 'a'), notify('a', 'seen'));
  node.act(unsubscribe('b', 'a'), notify('a', 'late'));
  expect(heard(node, 'b')).toEqual(['seen a null']);
});

test('what an event causes is delivered behind it', () => {
  const node = listeners('a', 'b', 'c');
  node.act(subscribe('b', 'a'), subscribe('c', 'b'), subscribe('c', 'a'));
  node.act(notify('a', 'ping', 7), notify('a', 'after'));
  expect(heard(node, 'c')).toEqual(['ping a 7', 'after a null', 'pong b 7']);
});

test('two blocks that answer each other for ever do not stop the engine', () => {
  const node = listeners('a', 'b');
  node.act(subscribe('b', 'a'), subscribe('a', 'b'), notify('a', 'ping', 0));
  for (const name of ['a', 'b']) {
    const block = node.block<Listener>(name);
    block.onEvent = () => {
      (block as unknown as { context: { emit(type: string): void } }).context.emit('again');
    };
  }
  node.act(notify('a', 'start'));
  expect(node.engine.notifier.waiting).toBe(1);
  expect(node.get('a').recentEvents.length).toBe(16);
});

test('a handler that throws is logged, and the others still hear', () => {
  const node = listeners('a', 'b', 'c');
  node.act(subscribe('b', 'a'), subscribe('c', 'a'), notify('a', 'bang'), notify('a', 'next'));
  expect(heard(node, 'c')).toEqual(['bang a null', 'next a null']);
  expect(heard(node, 'b')).toEqual(heard(node, 'c'));
  expect(node.lines).toContain('[b::listener] error in handling event bang of a: Error: no bangs, please');
});

test('a block remembers its last 16 events and counts all', () => {
  const node = listeners('a', 'b');
  node.act(subscribe('b', 'a'), ...Array.from({ length: 20 }, (_, i) => notify('a', 'e', i)));
  expect(node.get('b').eventCount).toBe(20);
  expect(node.get('b').recentEvents.map((event) => event.payload)).toEqual(
    Array.from({ length: 16 }, (_, i) => i + 4),
  );
});

describe('bound blocks', () => {
  test('hear each other for as long as they are bound', () => {
    const node = listeners('a', 'b');
    node.act(bind('b', 'a'), notify('a', 'x'), notify('b', 'y'));
    node.act(unbind('b', 'a'));
    node.act(notify('a', 'z'), notify('b', 'z'));
    const ofA = heard(node, 'b').filter((line) => line.split(' ')[1] === 'a');
    expect(ofA).toEqual([
      'bound a {"port":"ingress","to":"b","idp":2}',
      'x a null',
      'unbound a {"port":"ingress","to":"b","idp":2}',
    ]);
    expect(heard(node, 'a')).toEqual([
      'bound b {"port":"egress","to":"a","idp":1}',
      'y b null',
      'unbound b {"port":"egress","to":"a","idp":1}',
    ]);
  });

  test('a subscription of one’s own outlives the binding, and the binding outlives it', () => {
    const node = listeners('a', 'b');
    node.act(subscribe('b', 'a'), bind('b', 'a'));
    node.act(unsubscribe('b', 'a'), notify('a', 'bound-still'));
    expect(() => node.act(unsubscribe('b', 'a'))).toThrow(
      'they are bound, and tell each other for as long as they are',
    );
    node.act(subscribe('b', 'a'), unbind('b', 'a'), notify('a', 'subscribed-still'));
    node.act(unsubscribe('b', 'a'), notify('a', 'no-more'));
    const own = heard(node, 'b').filter((line) => line.endsWith('null'));
    expect(own).toEqual(['bound-still a null', 'subscribed-still a null']);
    expect(node.get('a').references).toBe(1);
  });

  test('of two edges the last one counts', () => {
    const node = listeners('a', 'b');
    node.add({ t: 'tee' });
    node.act(
      { do: 'connect', from: 't', port: 'ingress', to: 'a' },
      { do: 'connect', from: 't', port: 'ingress9', to: 'a' },
      { do: 'disconnect', from: 't', port: 'ingress' },
      notify('t', 'x'),
    );
    expect(heard(node, 'a').at(-1)).toBe('x t null');
  });

  test('removal is the last that is heard of a block', () => {
    const node = listeners('a', 'b', 'c');
    node.act(bind('b', 'a'), subscribe('c', 'a'));
    node.act(notify('a', 'bye'), { do: 'rm', name: 'a', mode: 'force' });
    for (const name of ['b', 'c']) {
      const ofA = heard(node, name).filter((line) => line.split(' ')[1] === 'a');
      expect(ofA.slice(-3)).toEqual([
        'bye a null',
        'unbound a {"port":"ingress","to":"b","idp":2}',
        'removed a null',
      ]);
    }
  });
});

describe('subscribe', () => {
  test('twice, to oneself, and an end that never began are refused', () => {
    const node = listeners('a', 'b');
    node.act(subscribe('a', 'b'));
    expect(() => node.act(subscribe('a', 'b'))).toThrow('a is subscribed to b already');
    expect(() => node.act(subscribe('a', 'a'))).toThrow('a cannot subscribe to itself');
    expect(() => node.act(unsubscribe('b', 'a'))).toThrow('b has no subscription of its own to a');
  });

  test('a change of configuration is told', () => {
    const node = listeners('a');
    node.add({ w: 'wild' });
    node.act(subscribe('a', 'w'), { do: 'set', name: 'w', options: { answer: 1 } });
    expect(heard(node, 'a')).toEqual(['configured w {"answer":1}']);
  });
});

test('events of a change that fails are never delivered', () => {
  const node = listeners('a');
  node.add({ h: 'heir' });
  node.act(subscribe('a', 'h'));
  expect(() => node.act(notify('h', 'lost'), { do: 'set', name: 'h', options: { mood: 'bad' } })).toThrow();
  node.engine.rehearse((changes) =>
    node.engine.lifecycle.configure(node.get('h'), { mood: 'fair' }, changes),
  );
  node.engine.notifier.deliver();
  expect(heard(node, 'a')).toEqual([]);
  node.act({ do: 'set', name: 'h', options: { mood: 'fair' } });
  expect(heard(node, 'a')).toEqual(['mood h "fair"', 'configured h {"mood":"fair"}']);
});

test('a link that goes down and comes back is told', () => {
  const node = listeners('a');
  node.hook('eth0');
  node.act(subscribe('a', 'eth0'));
  const { link } = node.links.end('eth0');
  for (const change of [() => {}, () => link.down(), () => {}, () => link.up(), () => link.remove()]) {
    change();
    node.engine.inspectLinks();
  }
  expect(heard(node, 'a')).toEqual([
    'link-down eth0 {"state":"down","link":"eth0"}',
    'link-up eth0 {"state":"up","link":"eth0"}',
    'link-down eth0 {"state":"gone","link":"eth0"}',
  ]);
  expect(node.lines.at(-1)).toBe('[eth0::ethernet] link eth0 is gone');
});
