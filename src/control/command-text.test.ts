import fc from 'fast-check';
import { expect, test } from 'vitest';
import { QuipuError } from '../contract/error.js';
import { actionsSchema } from './actions.js';
import { parseBatch } from './batch-text.js';
import { parseFbctl } from './command-text.js';
import { hangingIn, parseVlink, removalActions } from './vlink-text.js';

test.each([
  [
    'add fb3 bpf filter=x=y run=compiled',
    [{ do: 'add', name: 'fb3', type: 'bpf', config: { filter: 'x=y', run: 'compiled' }, untyped: true }],
  ],
  ['add fb2 tee', [{ do: 'add', name: 'fb2', type: 'tee', config: {}, untyped: true }]],
  ['rm a', [{ do: 'rm', name: 'a', mode: 'unused' }]],
  ['rm a --force', [{ do: 'rm', name: 'a', mode: 'force' }]],
  ['rm --later a', [{ do: 'rm', name: 'a', mode: 'later' }]],
  ['set a filter= run=x', [{ do: 'set', name: 'a', options: { filter: null, run: 'x' }, untyped: true }]],
  ['bind a b', [{ do: 'bind', upper: 'a', lower: 'b' }]],
  ['bind a:ingress3 b', [{ do: 'connect', from: 'a', port: 'ingress3', to: 'b' }]],
  ['unbind a b', [{ do: 'unbind', upper: 'a', lower: 'b' }]],
  ['unbind a:tag7', [{ do: 'disconnect', from: 'a', port: 'tag7' }]],
  ['subscribe a b', [{ do: 'subscribe', who: 'a', to: 'b' }]],
  ['unsubscribe a b', [{ do: 'unsubscribe', who: 'a', to: 'b' }]],
  ['replace a b', [{ do: 'replace', old: 'a', new: 'b', drop: false }]],
  ['replace a b --drop', [{ do: 'replace', old: 'a', new: 'b', drop: true }]],
  ['notify a up', [{ do: 'notify', from: 'a', event: 'up' }]],
  ['notify a up {"n":[1]}', [{ do: 'notify', from: 'a', event: 'up', payload: { n: [1] } }]],
  ['notify a up -- --5', null],
  [
    'insert n a b',
    [
      { do: 'unbind', upper: 'a', lower: 'b' },
      { do: 'bind', upper: 'n', lower: 'b' },
      { do: 'bind', upper: 'a', lower: 'n' },
    ],
  ],
])('%s', (line, actions) => {
  if (actions === null) expect(() => parseFbctl(line.split(' '))).toThrow('is not JSON');
  else expect(parseFbctl(line.split(' '))).toEqual(actions);
});

test.each([
  ['', 'no command given'],
  ['bimd a b', '"bimd" is no command; there are add, rm'],
  ['toString a', '"toString" is no command'],
  ['add a', 'add wants more: add NAME TYPE [key=value …]'],
  ['add a tee x', '"x" is no option; write key=value'],
  ['add a tee =x', '"=x" is no option'],
  ['add a tee x=', 'x: add wants a value behind "="'],
  ['add a tee x=1 x=2', 'x is given twice'],
  ['rm a --force --later', 'not both'],
  ['rm a --forse', 'rm has no option "--forse": rm NAME'],
  ['rm a b', '"b" is too much: rm NAME'],
  ['bind a: b', 'write BLOCK:PORT'],
  ['bind a b:ingress', 'an edge leads to a block'],
  ['unbind a', 'write unbind UPPER LOWER'],
  ['unbind a:ingress b', 'write unbind UPPER LOWER'],
  ['notify a up {x}', 'is not JSON'],
])('%s is refused', (line, message) => {
  const words = line === '' ? [] : line.split(' ');
  expect(() => parseFbctl(words)).toThrow(message);
  expect(() => parseFbctl(words)).toThrow(expect.objectContaining({ code: 'bad-request' }));
});

test('the key __proto__ is a key like others', () => {
  const [action] = parseFbctl(['set', 'a', '__proto__=x']);
  expect(Object.entries(action.do === 'set' ? action.options : {})).toEqual([['__proto__', 'x']]);
});

test('vlink hooks a device under its own name or another', () => {
  expect(parseVlink(['ethernet', 'hook', 'eth0'])).toEqual({
    actions: [{ do: 'add', name: 'eth0', type: 'ethernet', config: { link: 'eth0' } }],
  });
  const words = 'ethernet hook eth0 --name up --exclusive --promiscuous --queue=5'.split(' ');
  expect(parseVlink(words)).toEqual({
    actions: [
      {
        do: 'add',
        name: 'up',
        type: 'ethernet',
        config: { link: 'eth0', exclusive: true, promiscuous: true, queue: 5 },
      },
    ],
  });
});

test('vlink hooks a device in the way that is asked for', () => {
  expect(parseVlink('ethernet hook eth0 --io xdp'.split(' '))).toEqual({
    actions: [
      {
        do: 'add',
        name: 'eth0',
        type: 'ethernet',
        config: { link: { kind: 'af-packet', device: 'eth0', io: 'xdp' } },
      },
    ],
  });
});

test('vlink adds a virtual device with both edges, and takes all three away', () => {
  const meaning = parseVlink(
    'ethernet add v10 eth0 10 --mtu 1400 --mac 02:00:00:00:00:01 --device d'.split(' '),
  );
  const actions = 'actions' in meaning ? meaning.actions : [];
  expect(actions).toEqual([
    {
      do: 'add',
      name: 'v10',
      type: 'ethernet-tagged',
      config: { id: 10, mtu: 1400, mac: '02:00:00:00:00:01', device: 'd' },
    },
    { do: 'connect', from: 'eth0', port: 'tag10', to: 'v10' },
    { do: 'connect', from: 'v10', port: 'egress', to: 'eth0' },
  ]);
  expect(hangingIn(actions, 'v10')).toEqual({ carrier: 'eth0', port: 'tag10' });
  expect(hangingIn(actions, 'v11')).toBeUndefined();
  expect(removalActions('v10', { carrier: 'eth0', port: 'tag10' })).toEqual([
    { do: 'disconnect', from: 'eth0', port: 'tag10' },
    { do: 'disconnect', from: 'v10', port: 'egress' },
    { do: 'rm', name: 'v10' },
  ]);
});

test('vlink leaves to the graph where a device hangs that is to go', () => {
  expect(parseVlink(['ethernet', 'rm', 'v'])).toMatchObject({ remove: 'v' });
  expect(parseVlink(['ethernet', 'rm', 'v', '--force'])).toEqual({
    actions: [{ do: 'rm', name: 'v', mode: 'force' }],
  });
  expect(parseVlink(['ethernet', 'unhook', 'e'])).toEqual({
    actions: [{ do: 'rm', name: 'e', mode: 'unused' }],
  });
});

test.each([
  ['wifi hook a', 'one kind of link'],
  ['ethernet', 'wants a command: hook, unhook, add, rm'],
  ['ethernet hok a', 'no command "hok"'],
  ['ethernet add v e 256', 'ID is "256": use a whole number from 0 to 255'],
  ['ethernet add v e -1', 'ID is "-1"'],
  ['ethernet add v e 1.5', 'ID is "1.5"'],
  ['ethernet add v e 1 --mtu', '--mtu wants a value'],
  ['ethernet add v e 1 --mtu 10', '--mtu is "10": use a whole number from 68'],
  ['ethernet hook e --queue 0', '--queue is "0"'],
])('vlink %s is refused', (line, message) => {
  expect(() => parseVlink(line.split(' '))).toThrow(message);
});

test('a batch holds lines of both tools', () => {
  const text = `# set up
vlink ethernet hook eth0
fbctl add fb3 bpf filter='{ 6, 0,
  0, 1 }'
bind fb3 eth0
vlink ethernet rm v1`;
  expect(parseBatch(text, 'b')).toEqual([
    { actions: [expect.objectContaining({ do: 'add', name: 'eth0', type: 'ethernet' })] },
    { actions: [expect.objectContaining({ config: { filter: '{ 6, 0,\n  0, 1 }' } })] },
    { actions: [{ do: 'bind', upper: 'fb3', lower: 'eth0' }] },
    { remove: 'v1', place: { text: 'v1', at: 'b:6:19: ' } },
  ]);
});

test.each([
  ['bind a b\n  bimd a b', 'b:2:3: "bimd" is no command'],
  ['fbctl rm a --x', 'b:1:12: rm has no option "--x"'],
  ['rm a\nfbctl', 'b:2:1: fbctl wants a command'],
  ['vlink ethernet add v e x', 'b:1:24: ID is "x"'],
  ['vlink ethernet', 'b:1:7: vlink ethernet wants a command'],
])('faults in a batch have a place: %j', (text, message) => {
  expect(() => parseBatch(text, 'b')).toThrow(message);
});

const piece = fc.constantFrom(
  'add',
  'rm',
  'set',
  'bind',
  'unbind',
  'insert',
  'notify',
  'fbctl',
  'vlink',
  'ethernet',
  'hook',
  '--force',
  '--queue',
  '--',
  'a:b',
  'k=v',
  '=',
  '"',
  "'",
  '\\',
  '#',
  '\n',
  '{}',
  '__proto__',
  '300',
);
const line = fc.array(fc.oneof(piece, fc.string({ unit: 'binary' })), { maxLength: 12 });

test('garbage gives actions that the daemon accepts, or a QuipuError', () => {
  fc.assert(
    fc.property(line, fc.boolean(), (words, joined) => {
      try {
        const items = joined ? parseBatch(words.join(' '), 'f') : [{ actions: parseFbctl(words) }];
        for (const item of items) if ('actions' in item) actionsSchema.safeParse(item.actions);
      } catch (error) {
        expect(error).toBeInstanceOf(QuipuError);
      }
    }),
    { seed: 5, numRuns: 2000 },
  );
});
