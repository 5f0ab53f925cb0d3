import { describe, expect, test } from 'vitest';
import { actionSchema, actionsSchema, describeAction, MAX_ACTIONS } from './actions.js';
import { parseBinding, parseSubscription } from './graph-document.js';

const said = (action: unknown) => describeAction(actionSchema.parse(action));

describe('describeAction', () => {
  test.each([
    [{ do: 'add', name: 'a', type: 'bpf' }, 'add a bpf'],
    [
      { do: 'add', name: 'a', type: 'x', config: { n: 1, o: { p: true }, s: 'text' } },
      'add a x n=1 o={"p":true} s=text',
    ],
    [{ do: 'rm', name: 'a' }, 'rm a'],
    [{ do: 'rm', name: 'a', mode: 'force' }, 'rm a --force'],
    [{ do: 'rm', name: 'a', mode: 'later' }, 'rm a --later'],
    [{ do: 'set', name: 'a', options: { x: null } }, 'set a x=null'],
    [{ do: 'replace', old: 'a', new: 'b', drop: true }, 'replace a b --drop'],
  ])('%j', (action, text) => {
    expect(said(action)).toBe(text);
  });

  test('long values are cut, to one line', () => {
    const text = said({ do: 'set', name: 'a', options: { filter: `{ 1 },\n  ${'{ 2 }, '.repeat(40)}` } });
    expect(text).toMatch(/^set a filter=\{ 1 \}, \{ 2 \}, .*\.\.\.$/);
    expect(text.length).toBeLessThan(80);
  });
});

describe('actions are refused', () => {
  test.each([
    [{ do: 'fly' }],
    [{ do: 'rm' }],
    [{ do: 'rm', name: '' }],
    [{ do: 'rm', name: 'x'.repeat(201) }],
    [{ do: 'rm', name: 5 }],
    [{ do: 'rm', name: 'a', mode: 'now' }],
    [{ do: 'rm', name: 'a', more: 1 }],
    [{ do: 'add', name: 'a', type: 'tee', config: [] }],
    [{ do: 'notify', from: 'a', event: 'Big Bang' }],
    [JSON.parse('{"do":"add","name":"a","type":"tee","config":{"__proto__":{}}}')],
    [JSON.parse('{"do":"set","name":"a","options":{"x":{"__proto__":1}}}')],
  ])('%j', (action) => {
    expect(actionSchema.safeParse(action).success).toBe(false);
  });

  test('when there are too many', () => {
    const list = Array.from({ length: MAX_ACTIONS + 1 }, () => ({ do: 'rm', name: 'a' }));
    expect(actionsSchema.safeParse(list).error?.issues[0].message).toBe(
      'at most 10000 actions in a transaction',
    );
    expect(actionsSchema.safeParse(list.slice(1)).success).toBe(true);
  });
});

test('bindings and subscriptions are taken apart', () => {
  expect(parseBinding('a.b on c')).toEqual({ upper: 'a.b', lower: 'c' });
  expect(parseBinding('a:ingress1 -> c')).toEqual({ from: 'a', port: 'ingress1', to: 'c' });
  expect(parseSubscription('a to b')).toEqual({ who: 'a', to: 'b' });
  for (const text of ['', 'a', 'a on', 'a -> b', 'a:b', 'a  on b', 'a on b ', 'a:1 -> b']) {
    expect(() => parseBinding(text)).toThrow('not a binding');
    expect(() => parseSubscription(text)).toThrow('not a subscription');
  }
});
