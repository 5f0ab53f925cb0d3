// Calls by name, to all addresses of it, and listeners for both families.
import { once } from 'node:events';
import type { AddressInfo, ListenOptions, Socket } from 'node:net';
import { afterEach, expect, test, vi } from 'vitest';
import { type HostPair, hostPair } from '../../testing/memory-hosts.js';
import type { ConnectOptions } from './options.js';

let pair: HostPair;
afterEach(() => pair.close());

/** What became of a call: the address that answered, or the error, and the addresses that were called. */
async function outcomeOf(options: ConnectOptions) {
  const called: unknown[] = [];
  const socket = pair.a.connect(options);
  socket.on('connectionAttempt', (address: string) => called.push(address));
  const error = await new Promise<Error | null>((resolve) => {
    socket.once('connect', () => resolve(null)).once('error', resolve);
  });
  const { remoteAddress } = socket;
  socket.destroy();
  return { called, remoteAddress, error };
}

async function listening(where: ListenOptions) {
  const server = pair.b.listen(where, (socket) => socket.end());
  await once(server, 'listening');
  return server;
}

test('the families take turns; who refuses is passed over', async () => {
  pair = hostPair({ peer: ['10.0.0.1', '10.0.0.2', 'fd00::1'] });
  await listening({ port: 80 });
  const { called, remoteAddress } = await outcomeOf({ host: 'peer', port: 80 });
  expect([called, remoteAddress]).toEqual([['10.0.0.1', 'fd00::1', '10.0.0.2'], '10.0.0.2']);
});

test('an address that does not answer does not hold the next one up', async () => {
  pair = hostPair({ peer: ['10.0.0.9', '10.0.0.2'] });
  await listening({ port: 80 });
  const options = { host: 'peer', port: 80, autoSelectFamilyAttemptTimeout: 20 };
  const socket = pair.a.connect(options);
  await once(socket, 'connect');
  expect(socket.remoteAddress).toBe('10.0.0.2');
  expect(Reflect.get(socket, 'autoSelectFamilyAttemptedAddresses')).toEqual(['10.0.0.9:80', '10.0.0.2:80']);
  // The call that was given up is forgotten.
  expect([...pair.a.sockets.service.tcp.connections()]).toEqual([socket.beneath]);
});

test('when all fail the error has all of them', async () => {
  pair = hostPair({ peer: ['10.0.0.2', '192.0.2.1'] });
  const { error } = await outcomeOf({ host: 'peer', port: 81 });
  expect(error).toBeInstanceOf(AggregateError);
  expect(error).toMatchObject({
    code: 'ECONNREFUSED',
    errors: [
      { code: 'ECONNREFUSED', message: 'connect ECONNREFUSED 10.0.0.2:81' },
      { code: 'ENETUNREACH', address: '192.0.2.1', port: 81 },
    ],
  });
});

test.each([
  ['one family', { family: 6 }, ['fd00::2']],
  ['no more than one', { autoSelectFamily: false }, ['10.0.0.1']],
  ['an address of our own', { localAddress: '10.0.0.1' }, ['10.0.0.1']],
])('%s is wanted', async (_name, options, called) => {
  pair = hostPair({ peer: ['10.0.0.1', 'fd00::2'] });
  expect((await outcomeOf({ host: 'peer', port: 81, ...options })).called).toEqual(called);
});

test('a socket that is destroyed calls nobody any more', async () => {
  pair = hostPair({ peer: ['10.0.0.9', '10.0.0.8', '10.0.0.7'] });
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    const socket = pair.a.connect({ host: 'peer', port: 80, autoSelectFamilyAttemptTimeout: 20 });
    await once(socket, 'connectionAttempt');
    vi.advanceTimersByTime(20);
    await new Promise((resolve) => setImmediate(resolve));
    expect(Reflect.get(socket, 'autoSelectFamilyAttemptedAddresses')).toHaveLength(2);
    socket.destroy();
    await once(socket, 'close');
    vi.advanceTimersByTime(10_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect([...pair.a.sockets.service.tcp.connections()]).toEqual([]);
    expect(Reflect.get(socket, 'autoSelectFamilyAttemptedAddresses')).toHaveLength(2);
  } finally {
    vi.useRealTimers();
  }
});

test('a lookup of one’s own may give one address, or all, or what is none', async () => {
  pair = hostPair();
  await listening({ port: 80 });
  const with_ = (found: string | { address: string; family: number }[]) =>
    outcomeOf({ host: 'x', port: 80, lookup: (_name, _options, done) => done(null, found, 4) });
  expect(await with_('10.0.0.2')).toMatchObject({ remoteAddress: '10.0.0.2' });
  expect(await with_([{ address: '10.0.0.2', family: 4 }])).toMatchObject({ remoteAddress: '10.0.0.2' });
  expect(await with_('nonsense')).toMatchObject({ error: { code: 'ENOTFOUND' } });
  expect(await with_([])).toMatchObject({ error: { code: 'ENOTFOUND' } });
});

test.each([
  ['both families', { port: 80 }, '::', '::ffff:10.0.0.1', 'fd00::1'],
  ['the same by its name', { port: 80, host: '::' }, '::', '::ffff:10.0.0.1', 'fd00::1'],
  ['IPv6 only', { port: 80, host: '::', ipv6Only: true }, '::', 'ECONNREFUSED', 'fd00::1'],
  ['IPv4 only', { port: 80, host: '0.0.0.0' }, '0.0.0.0', '10.0.0.1', 'ECONNREFUSED'],
  ['a name', { port: 80, host: 'here.localhost' }, '127.0.0.1', 'ECONNREFUSED', 'ECONNREFUSED'],
])('a listener for %s', async (_name, where, shown, by4, by6) => {
  pair = hostPair();
  const server = await listening(where);
  expect((server.address() as AddressInfo).address).toBe(shown);
  const seen = async (host: string) => {
    const taken = once(server, 'connection') as Promise<[Socket]>;
    const { error } = await outcomeOf({ host, port: 80 });
    return error === null ? (await taken)[0].remoteAddress : Reflect.get(error, 'code');
  };
  expect([await seen('10.0.0.2'), await seen('fd00::2')]).toEqual([by4, by6]);
});

test('every address of one family and every one of the other are two places', async () => {
  pair = hostPair();
  await listening({ port: 80, host: '0.0.0.0' });
  await listening({ port: 80, host: '::', ipv6Only: true });
  const [error] = await once(pair.b.listen({ port: 80 }), 'error');
  expect(error).toMatchObject({ code: 'EADDRINUSE' });
  const [unknown] = await once(pair.b.listen({ port: 81, host: 'no.such.name' }), 'error');
  expect(unknown).toMatchObject({ code: 'ENOTFOUND', hostname: 'no.such.name' });
});

test('an IPv4 address in its IPv6 form is called by IPv4', async () => {
  pair = hostPair();
  await listening({ port: 80, host: '10.0.0.2' });
  const socket = pair.a.connect({ host: '::ffff:10.0.0.2', port: 80 });
  await once(socket, 'connect');
  expect(socket).toMatchObject({ remoteAddress: '::ffff:10.0.0.2', remoteFamily: 'IPv6' });
  expect(socket.localAddress).toBe('::ffff:10.0.0.1');
});
