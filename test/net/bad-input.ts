import type { ActionInput } from '../../src/control/actions.js';

// What people and programs get wrong at the control socket, and what the daemon must say to it.

export const add = (name: string, type = 'counter', config = {}): ActionInput => ({
  do: 'add',
  name,
  type,
  config,
});

/** Bodies that are no request. */
export const malformed: readonly [what: string, body: string, answer: RegExp][] = [
  ['nothing', '', /not JSON/],
  ['half-written JSON', '{"op":"list"', /not JSON/],
  ['a text that is no JSON', 'list', /not JSON/],
  ['bytes that are no UTF-8', '\u0000\ufffd', /not JSON/],
  ['null', 'null', /request: .*object/],
  ['a list', '[]', /request: .*object/],
  ['no operation', '{}', /op: /],
  ['an unknown operation', '{"op":"explode"}', /op: /],
  ['an unknown key', '{"op":"list","all":1}', /Unrecognized key: "all"/],
  ['a missing name', '{"op":"show"}', /name: .*string/],
  ['a name of the wrong type', '{"op":"show","name":5}', /name: .*string/],
  ['an unknown action', '{"op":"transaction","actions":[{"do":"melt"}]}', /actions\.0\.do: /],
  [
    'an unknown key in an action',
    '{"op":"transaction","actions":[{"do":"rm","name":"a","now":1}]}',
    /Unrecognized key: "now"/,
  ],
  ['a deadline in the past', '{"op":"transaction","actions":[],"confirmSeconds":-1}', /confirmSeconds: /],
  ['a graph of the wrong shape', '{"op":"apply","graph":{"blocks":[]}}', /graph\.blocks: /],
  ['a binding that is none', '{"op":"apply","graph":{"bindings":["a over b"]}}', /UPPER on LOWER/],
];

/** Addresses that are not part of the API, and queries that are wrong in themselves. */
export const addresses: readonly [method: string, address: string][] = [
  ['GET', '/'],
  ['GET', '/v1/request'],
  ['DELETE', '/v1/down'],
  ['POST', '/v2/request'],
  ['POST', '/v1/request/../../etc/passwd'],
  ['GET', '//'],
  ['GET', '/%'],
  ['GET', '/v1/log?last=many'],
  ['GET', '/v1/log?last=-1'],
  ['GET', '/v1/tap'],
  ['GET', '/v1/trace?count=0'],
  ['GET', '/v1/trace?count=1e9'],
  ['POST', '/v1/socket'],
  ['POST', '/v1/socket?name=s&queue=x'],
];

/** Streams that cannot be. */
export const streams: readonly [address: string, method: string, status: number, answer: RegExp][] = [
  ['/v1/tap?target=nobody', 'GET', 404, /no block named "nobody"/],
  [
    '/v1/tap?target=path:nowhere',
    'GET',
    409,
    /path \(counter\) has no port "nowhere"; it has: ingress, egress/,
  ],
  ['/v1/tap?target=path:ingress:egress', 'GET', 409, /no port "ingress:egress"/],
  ['/v1/trace?filter=%7B', 'GET', 409, /filter/],
  ['/v1/socket?name=path', 'POST', 409, /there is a block named "path" already/],
  ['/v1/socket?name=a/b', 'POST', 409, /use letters, digits/],
  ['/v1/socket?name=s&on=nobody', 'POST', 404, /no block named "nobody"/],
  ['/v1/socket?name=s&queue=0', 'POST', 400, /queue: /],
  ['/v1/socket?name=s&filter=nonsense', 'POST', 409, /filter/],
];

/** Changes that the graph `in, out, path` refuses. */
export const refusals = (
  pipe: string,
): readonly [what: string, actions: unknown[], code: string, answer: RegExp][] => [
  [
    'a port that is bound',
    [{ do: 'connect', from: 'path', port: 'ingress', to: 'in' }],
    'port-bound',
    /path leads to out already/,
  ],
  [
    'a binding that exists',
    [{ do: 'bind', upper: 'path', lower: 'in' }],
    'port-bound',
    /path sits on in already/,
  ],
  [
    'a block with one port that has one',
    [add('x'), { do: 'bind', upper: 'x', lower: 'in' }],
    'no-free-port',
    /nothing more can sit on in/,
  ],
  [
    'a missing block',
    [{ do: 'bind', upper: 'path', lower: 'ghost' }],
    'unknown-name',
    /no block named "ghost"/,
  ],
  [
    'a missing port',
    [{ do: 'connect', from: 'path', port: 'up', to: 'in' }],
    'unknown-port',
    /has no port "up"; it has: ingress, egress/,
  ],
  [
    'an edge that is not there',
    [{ do: 'unbind', upper: 'out', lower: 'in' }],
    'not-bound',
    /out does not sit on in/,
  ],
  [
    'a block in use',
    [{ do: 'rm', name: 'path' }],
    'in-use',
    /path is in use by (in, out|out, in): unbind it first/,
  ],
  [
    'a block on itself that is in use',
    [add('x'), { do: 'bind', upper: 'x', lower: 'x' }, { do: 'rm', name: 'x' }],
    'in-use',
    /x is in use by x/,
  ],
  [
    'itself, subscribed',
    [{ do: 'subscribe', who: 'path', to: 'path' }],
    'bad-request',
    /cannot subscribe to itself/,
  ],
  ['itself, replaced', [{ do: 'replace', old: 'path', new: 'path' }], 'bad-request', /cannot replace itself/],
  [
    'an unknown type',
    [add('x', 'magnet')],
    'unknown-type',
    /no block type "magnet"; there are: arp-querier, arp-responder, /,
  ],
  ['an unknown option', [add('x', 'counter', { size: 1 })], 'bad-config', /x \(counter\): .*size/],
  [
    'an unknown option, set',
    [{ do: 'set', name: 'path', options: { size: 1 } }],
    'bad-config',
    /path \(counter\): .*size/,
  ],
  ['an option of the wrong type', [add('x', 'ethernet', { link: 5 })], 'bad-config', /link: /],
  ['a number as text', [add('x', 'ethernet', { link: 'lo', queue: 'many' })], 'bad-config', /queue: /],
  [
    'a link of an unknown kind',
    [add('x', 'ethernet', { link: { kind: 'string' } })],
    'bad-config',
    /link kind "string" is not known; there are: af-packet/,
  ],
  [
    'a fixed option',
    [{ do: 'set', name: 'out', options: { queue: 5 } }],
    'bad-config',
    /cannot be changed; replace it instead/,
  ],
  [
    'the hidden key',
    [JSON.parse('{"do":"add","name":"x","type":"counter","config":{"__proto__":1}}')],
    'bad-request',
    /__proto__/,
  ],
  [
    'a pipe without a reader',
    [add('x', 'ethernet', { link: { kind: 'pcap-out', file: pipe } })],
    'link-failed',
    /capture file .*pipe/,
  ],
  [
    'a pipe without a writer',
    [add('x', 'ethernet', { link: { kind: 'pcap', file: pipe } })],
    'link-failed',
    /capture file .*pipe/,
  ],
  [
    'a folder',
    [add('x', 'ethernet', { link: { kind: 'pcap', file: '/' } })],
    'link-failed',
    /capture file .*folder/,
  ],
];

/** Names that no block can have. */
export const badNames = [
  '',
  ' ',
  'a b',
  'a:b',
  '..',
  '.',
  'a..b',
  '-a',
  'a/b',
  'ü',
  '\u0000',
  'x\n',
  '🧶',
  'a'.repeat(65),
  'a'.repeat(201),
];

/** Programs that the validator refuses. */
export const badFilters: readonly [what: string, filter: unknown][] = [
  ['nothing', ''],
  ['words that mean nothing', 'ip and ups'],
  ['half a tuple', '{ 0x06, 0, 0'],
  ['no return at the end', '{ 0x28, 0, 0, 12 }'],
  ['a jump past the end', '{ 0x15, 9, 0, 1 }, { 0x06, 0, 0, 0 }'],
  ['an unknown instruction', '{ 0xff, 0, 0, 0 }, { 0x06, 0, 0, 0 }'],
  ['a division by zero', '{ 0x34, 0, 0, 0 }, { 0x06, 0, 0, 0 }'],
  ['a cell that is not there', '{ 0x02, 0, 0, 16 }, { 0x06, 0, 0, 0 }'],
  ['a number too large', '{ 0x06, 0, 0, 0x100000000 }'],
  ['4097 instructions', `${'{ 0x00, 0, 0, 0 }, '.repeat(4096)}{ 0x06, 0, 0, 0 }`],
  ['no text at all', 7],
];
