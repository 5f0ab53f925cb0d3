import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { beforeEach, expect, test } from 'vitest';
import type { GeneratorEvent } from '../control/generator-words.js';
import { Generators } from './generators.js';
import { streamGeneratorEvents } from './generators-stream.js';

/** What the stream uses of a response: it is full when told so. */
class FakeResponse extends EventEmitter {
  destroyed = false;
  writableNeedDrain = false;
  readonly events: GeneratorEvent[] = [];

  writeHead(): this {
    return this;
  }

  write(text: string): boolean {
    this.events.push(JSON.parse(text) as GeneratorEvent);
    return true;
  }
}

let generators: Generators;

beforeEach(() => {
  generators = new Generators({
    compile: () => ({ lengths: [60], warnings: [] }),
    start: () => Promise.reject(new Error('not in this test')),
    devices: () => [],
    now: () => '2026-11-20T19:00:00.000Z',
    log: () => {},
  });
});

function open(user: string): FakeResponse {
  const response = new FakeResponse();
  const query = new URLSearchParams({ user, pid: '7' });
  streamGeneratorEvents(generators, query, response as unknown as ServerResponse);
  return response;
}

const set = (name: string) =>
  generators.handle({ by: 'bob', ask: { op: 'set-packet', name, text: '{ 1 }', replace: false } });

test('begins with the number of the session, then tells changes', async () => {
  const alice = open('alice');
  await set('p');
  expect(alice.events).toEqual([
    { event: 'hello', session: 1 },
    {
      event: 'change',
      by: 'bob',
      at: '2026-11-20T19:00:00.000Z',
      what: 'packet-set',
      name: 'p',
      text: 'bob made packet p',
    },
  ]);
});

test('a reader that is slow loses changes, and is told how many', async () => {
  const alice = open('alice');
  alice.writableNeedDrain = true;
  await set('p1');
  await set('p2');
  alice.writableNeedDrain = false;
  await set('p3');
  expect(alice.events.slice(1)).toMatchObject([
    { event: 'lost', count: 2 },
    { event: 'change', name: 'p3' },
  ]);
});

test('a reader that goes is told no more, and is no user any more', async () => {
  const [alice, bob] = [open('alice'), open('bob')];
  alice.emit('close');
  expect(bob.events.at(-1)).toMatchObject({ what: 'left', text: 'alice has left' });
  const told = alice.events.length;
  await set('p');
  expect(alice.events).toHaveLength(told);
  expect(generators.sessions.rows().map(({ user }) => user)).toEqual(['bob']);
});

test.each([
  {},
  { user: 'alice' },
  { user: 'a\nb', pid: '7' },
  { user: 'alice', pid: 'x' },
  { user: 'a', pid: '0' },
])('a query of %j is refused', (query) => {
  const response = new FakeResponse() as unknown as ServerResponse;
  const search = new URLSearchParams(query as Record<string, string>);
  expect(() => streamGeneratorEvents(generators, search, response)).toThrow(
    expect.objectContaining({ code: 'bad-request' }),
  );
});
