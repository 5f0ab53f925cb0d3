import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { QuipuError } from '../contract/error.js';
import { makeEngine } from '../testing/engine.js';
import { MAX_NESTING } from './protocol.js';
import { parseRequest } from './server-body.js';

/** Requests with one thing or another wrong about them. */
const word = fc.constantFrom(
  'a',
  'eth0',
  'tee',
  'bpf',
  'ethernet',
  '__proto__',
  'constructor',
  '',
  '..',
  'ingress',
  'x:y',
  'ü',
);
const value = fc.oneof(word, fc.integer(), fc.boolean(), fc.constant(null), fc.jsonValue({ maxDepth: 2 }));
const ops = [
  'transaction',
  'apply',
  'confirm',
  'rollback',
  'list',
  'show',
  'show-all',
  'types',
  'status',
  'graph',
];
const verbs = [
  'add',
  'rm',
  'set',
  'bind',
  'unbind',
  'connect',
  'disconnect',
  'subscribe',
  'unsubscribe',
  'replace',
  'notify',
];
const action = fc.record(
  {
    do: fc.constantFrom(...verbs),
    name: word,
    type: word,
    config: fc.dictionary(word, value, { maxKeys: 2 }),
    options: fc.dictionary(word, value, { maxKeys: 2 }),
    untyped: fc.boolean(),
    mode: fc.constantFrom('force', 'later', 'unused'),
    upper: word,
    lower: word,
    from: word,
    port: word,
    to: word,
    who: word,
    old: word,
    new: word,
    event: word,
    payload: value,
  },
  { requiredKeys: ['do'] },
);
const fields: Readonly<Record<string, readonly string[]>> = {
  add: ['name', 'type', 'config', 'untyped'],
  rm: ['name', 'mode'],
  set: ['name', 'options', 'untyped'],
  bind: ['upper', 'lower'],
  unbind: ['upper', 'lower'],
  connect: ['from', 'port', 'to'],
  disconnect: ['from', 'port'],
  subscribe: ['who', 'to'],
  unsubscribe: ['who', 'to'],
  replace: ['old', 'new'],
  notify: ['from', 'event', 'payload'],
};
const fitting = action.map((one) =>
  Object.fromEntries(Object.entries(one).filter(([key]) => key === 'do' || fields[one.do].includes(key))),
);
const graph = fc.record(
  {
    blocks: fc.dictionary(
      word,
      fc.record({ type: word, config: fc.dictionary(word, value, { maxKeys: 1 }) }),
      { maxKeys: 3 },
    ),
    bindings: fc.array(
      fc.oneof(
        word,
        fc.tuple(word, word).map(([x, y]) => `${x} on ${y}`),
      ),
      { maxLength: 3 },
    ),
    subscriptions: fc.array(
      fc.tuple(word, word).map(([x, y]) => `${x} to ${y}`),
      { maxLength: 2 },
    ),
  },
  { requiredKeys: [] },
);
const almostRequest = fc
  .record(
    {
      op: fc.constantFrom(...ops),
      actions: fc.array(fc.oneof(fitting, fitting, fitting, value), { maxLength: 5 }),
      graph: fc.oneof(graph, graph, value),
      dryRun: fc.boolean(),
      confirmSeconds: fc.oneof(fc.constant(5), fc.constant(5), value),
      name: word,
    },
    { requiredKeys: ['op'] },
  )
  .map((request) => {
    const { op } = request;
    const wanted =
      op === 'transaction'
        ? ['actions', 'dryRun', 'confirmSeconds']
        : op === 'apply'
          ? ['graph', 'dryRun', 'confirmSeconds']
          : op === 'show'
            ? ['name']
            : [];
    return JSON.stringify(
      Object.fromEntries(Object.entries(request).filter(([key]) => key === 'op' || wanted.includes(key))),
    );
  });

describe('parseRequest', () => {
  test('any text is a request or a QuipuError; any request is answered or refused by one', () => {
    const node = makeEngine();
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.json(), almostRequest), (text) => {
        try {
          node.service.handle(parseRequest(text));
          if (node.service.dueAt() < Number.POSITIVE_INFINITY) node.ask({ op: 'rollback' });
        } catch (error) {
          if (!(error instanceof QuipuError)) throw error;
          expect(error.code).not.toBe('internal');
        }
      }),
      { seed: 70, numRuns: 3000 },
    );
  });

  test('says where a request is wrong', () => {
    const actions = [{ do: 'rm', name: 'a' }, { do: 'rm' }, { do: 'bind', upper: 'a', lower: 'b', x: 1 }];
    expect(() => parseRequest(JSON.stringify({ op: 'transaction', actions }))).toThrow(
      /actions\.1\.name: .*; actions\.2: /,
    );
    expect(() => parseRequest('[]')).toThrow('request: ');
    expect(() => parseRequest('{"op":"list","more":1}')).toThrow('more');
    expect(() => parseRequest('{"op":"list","__proto__":{}}')).toThrow('__proto__');
    expect(() => parseRequest('{"op":"apply","graph":{"blocks":{"__proto__":{"type":"tee"}}}}')).toThrow(
      'cannot be a key',
    );
  });

  test('endless nesting is refused before anything looks into it', () => {
    const nested = (levels: number) => `{"op":"list","x":${'['.repeat(levels)}${']'.repeat(levels)}}`;
    expect(() => parseRequest(nested(1_000_000))).toThrow(`nested deeper than ${MAX_NESTING} levels`);
    expect(() => parseRequest(nested(5))).toThrow('x');
  });
});
