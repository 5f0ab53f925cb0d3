import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runPair, type TestHost, testHost } from '../../testing/host-pair.js';
import type { RemoteInfo } from './udp-ends.js';
import type { UdpSocketOptions } from './udp-options.js';
import { HostUdpSocket } from './udp-socket.js';

let a: TestHost;
let b: TestHost;
let running: boolean;

/** Keeps both hosts going as long as the test lasts. */
async function keepGoing(): Promise<void> {
  while (running) {
    runPair(a, b, 1);
    await turn();
  }
}

beforeEach(() => {
  [a, b] = [testHost('a', 1), testHost('b', 2)];
  running = true;
  void keepGoing();
});
afterEach(() => {
  running = false;
});

function socketOf(host: TestHost, options: Partial<UdpSocketOptions> = {}): HostUdpSocket {
  const driver = { tell: (work: () => void) => void setImmediate(work), kick() {}, hold() {}, letGo() {} };
  return new HostUdpSocket({ service: host.udp, driver }, { type: 'udp4', ...options });
}

async function bound(host: TestHost, port: number, options: Partial<UdpSocketOptions> = {}) {
  const socket = socketOf(host, options).bind(port);
  await once(socket, 'listening');
  return socket;
}

async function message(socket: HostUdpSocket): Promise<{ text: string; from: RemoteInfo }> {
  const [text, from] = (await once(socket, 'message')) as [Buffer, RemoteInfo];
  return { text: text.toString(), from };
}

describe('send', () => {
  test.each([
    ['a string', ['hello', 53, '10.0.0.2'], 'hello'],
    ['bytes', [Uint8Array.of(104, 105), 53, '10.0.0.2'], 'hi'],
    ['pieces', [['a', Buffer.from('bc')], 53, '10.0.0.2'], 'abc'],
    ['a part', [Buffer.from('abcdef'), 1, 3, 53, '10.0.0.2'], 'bcd'],
    ['nothing', ['', 53, '10.0.0.2'], ''],
  ] as const)('%s', async (_name, given, text) => {
    const server = await bound(b, 53);
    const client = socketOf(a);
    const came = message(server);
    const [first, ...rest] = given;
    const sent = new Promise((resolve) => {
      client.send(first, ...rest, (error: Error | null, bytes: number) => resolve([error, bytes]));
    });
    const { port } = (await came).from;
    expect(await came).toEqual({
      text,
      from: { address: '10.0.0.1', family: 'IPv4', port, size: text.length },
    });
    expect(await sent).toEqual([null, text.length]);
    expect(client.address().port).toBe(port);
    expect([client.getSendQueueCount(), client.getSendQueueSize()]).toEqual([0, 0]);
  });

  test('wrong arguments throw, what cannot leave is told', async () => {
    const client = socketOf(a);
    const code = (name: string) => expect.objectContaining({ code: name });
    expect(() => client.send('x', 0, '10.0.0.2')).toThrow(code('ERR_SOCKET_BAD_PORT'));
    expect(() => client.send('x')).toThrow(code('ERR_SOCKET_BAD_PORT'));
    expect(() => client.send(5 as never, 53, '10.0.0.2')).toThrow(code('ERR_INVALID_ARG_TYPE'));
    expect(() => client.send(Buffer.alloc(2), 1, 2, 53, '10.0.0.2')).toThrow(
      code('ERR_BUFFER_OUT_OF_BOUNDS'),
    );
    expect(() => client.send('x', 53, '10.0.0.2', 7)).toThrow(code('ERR_INVALID_ARG_TYPE'));
    const failure = (address: string, bytes = 1) =>
      new Promise((resolve) =>
        client.send(Buffer.alloc(bytes), 53, address, (error: Error | null) => resolve(error)),
      );
    expect(await failure('192.0.2.1')).toMatchObject({ code: 'ENETUNREACH', address: '192.0.2.1', port: 53 });
    expect(await failure('255.255.255.255')).toMatchObject({ code: 'EACCES' });
    expect(await failure('10.0.0.2', 65_508)).toMatchObject({ code: 'EMSGSIZE' });
    expect(await failure('fd00::2')).toMatchObject({ code: 'EINVAL' });
    expect(await failure('no.such.name')).toMatchObject({ code: 'ENOTFOUND' });
    const told = once(client, 'error');
    client.send('x', 53, '192.0.2.1');
    expect((await told)[0]).toMatchObject({ code: 'ENETUNREACH', syscall: 'send' });
  });

  test('a name is looked up by the function given', async () => {
    const server = await bound(b, 53);
    const client = socketOf(a, { lookup: (_name, _options, done) => done(null, '10.0.0.2') });
    client.send('x', 53, 'server.test');
    expect((await message(server)).text).toBe('x');
  });
});

test('a port number in use, an address of others, and a second bind', async () => {
  const socket = await bound(b, 53);
  const code = (name: string) => expect.objectContaining({ code: name });
  expect(() => socket.bind(54)).toThrow(code('ERR_SOCKET_ALREADY_BOUND'));
  const failed = async (...given: unknown[]) => (await once(socketOf(b).bind(...given), 'error'))[0];
  expect(await failed(53)).toMatchObject({ code: 'EADDRINUSE', syscall: 'bind', port: 53 });
  expect(await failed({ port: 54, address: '10.0.0.9' })).toMatchObject({ code: 'EADDRNOTAVAIL' });
  expect(() => socketOf(b).bind(65_536)).toThrow(code('ERR_SOCKET_BAD_PORT'));
  const other = socketOf(b).bind({ port: 54, address: '10.0.0.2' });
  await once(other, 'listening');
  expect(other.address()).toEqual({ address: '10.0.0.2', family: 'IPv4', port: 54 });
  const closed = once(socket, 'close');
  socket.close();
  await closed;
  await bound(b, 53);
});

test('connected: one peer only, no address in send, an error when nobody listens there', async () => {
  const server = await bound(b, 53);
  const client = socketOf(a);
  const code = (name: string) => expect.objectContaining({ code: name });
  expect(() => client.remoteAddress()).toThrow(code('ERR_SOCKET_DGRAM_NOT_CONNECTED'));
  client.connect(53, '10.0.0.2');
  await once(client, 'connect');
  expect(client.remoteAddress()).toEqual({ address: '10.0.0.2', family: 'IPv4', port: 53 });
  expect(() => client.connect(54, '10.0.0.2')).toThrow(code('ERR_SOCKET_DGRAM_IS_CONNECTED'));
  expect(() => client.send('x', '10.0.0.2')).toThrow(code('ERR_SOCKET_DGRAM_IS_CONNECTED'));
  const heard: string[] = [];
  client.on('message', (text: Buffer) => heard.push(text.toString()));
  client.send('question');
  const { from } = await message(server);
  const stranger = await bound(b, 54);
  stranger.send('lie', from.port, from.address);
  server.send('answer', from.port, from.address);
  await once(client, 'message');
  expect(heard).toEqual(['answer']);
  server.close();
  await once(server, 'close');
  const refused = once(client, 'error');
  client.send('anybody?');
  expect((await refused)[0]).toMatchObject({ code: 'ECONNREFUSED', address: '10.0.0.2', port: 53 });
  client.disconnect();
  expect(() => client.disconnect()).toThrow(code('ERR_SOCKET_DGRAM_NOT_CONNECTED'));
});

test('groups, times to live and buffers', async () => {
  const server = await bound(b, 53, { recvBufferSize: 700 });
  expect(server.getRecvBufferSize()).toBe(700);
  server.addMembership('224.0.0.251');
  const code = (name: string) => expect.objectContaining({ code: name });
  expect(() => server.addMembership('224.0.0.251')).toThrow(code('EADDRINUSE'));
  expect(() => server.addMembership('10.0.0.1')).toThrow(code('EINVAL'));
  const client = socketOf(a);
  expect(() => client.setTTL(0)).toThrow(code('EINVAL'));
  expect([client.setTTL(9), client.setMulticastTTL(0), client.setMulticastTTL(255)]).toEqual([9, 0, 255]);
  client.send('x', 53, '224.0.0.251');
  expect((await message(server)).text).toBe('x');
  server.dropMembership('224.0.0.251');
  expect(() => server.dropMembership('224.0.0.251')).toThrow(code('EADDRNOTAVAIL'));
});

test('a signal closes it, a closed one refuses everything, messages no more come', async () => {
  const control = new AbortController();
  const server = await bound(b, 53, { signal: control.signal });
  const heard: unknown[] = [];
  server.on('message', (text) => heard.push(text));
  const closed = once(server, 'close');
  control.abort();
  await closed;
  const code = (name: string) => expect.objectContaining({ code: name });
  for (const act of [
    () => server.send('x', 1, '10.0.0.1'),
    () => server.bind(1),
    () => server.close(),
    () => server.address(),
  ])
    expect(act).toThrow(code('ERR_SOCKET_DGRAM_NOT_RUNNING'));
  const client = socketOf(a);
  await new Promise((resolve) => client.send('x', 53, '10.0.0.2', resolve));
  for (let i = 0; i < 5; i++) await turn();
  expect(heard).toEqual([]);
  expect(b.node.block('b.udp')).toMatchObject({ refused: 1 });
});

test('an udp6 socket speaks IPv4, too, in its IPv6 form', async () => {
  const server = await bound(b, 53, { type: 'udp6' });
  const client = await bound(a, 1000);
  const came = message(server);
  client.send('four', 53, '10.0.0.2');
  expect(await came).toEqual({
    text: 'four',
    from: { address: '::ffff:10.0.0.1', family: 'IPv6', port: 1000, size: 4 },
  });
  const answer = message(client);
  server.send('back', 1000, '::ffff:10.0.0.1');
  expect(await answer).toMatchObject({ text: 'back', from: { address: '10.0.0.2', family: 'IPv4' } });
  const six = await bound(a, 1000, { type: 'udp6', ipv6Only: true });
  const other = message(server);
  six.send('six', 53, 'fd00::2');
  expect((await other).from.address).toBe('fd00::1');

  const connected = socketOf(a, { type: 'udp6' });
  connected.connect(53, '::ffff:10.0.0.2');
  await once(connected, 'connect');
  expect(connected.address()).toMatchObject({ address: '::ffff:10.0.0.1', family: 'IPv6' });
  expect(connected.remoteAddress().address).toBe('::ffff:10.0.0.2');
  const third = message(server);
  connected.send('joined');
  const { from } = await third;
  const heard = message(connected);
  server.send('answer', from.port, from.address);
  expect((await heard).text).toBe('answer');
});

test('with ipv6Only it does not, and leaves IPv4’s port number to others', async () => {
  const six = await bound(b, 53, { type: 'udp6', ipv6Only: true });
  const heard: unknown[] = [];
  six.on('message', (text) => heard.push(text));
  const client = socketOf(a);
  client.send('for nobody', 53, '10.0.0.2');
  while (Reflect.get(b.node.block('b.udp'), 'refused') === 0) await turn();
  const four = await bound(b, 53);
  const came = message(four);
  client.send('x', 53, '10.0.0.2');
  await came;
  expect(heard).toEqual([]);
  const failed = async (options: Partial<UdpSocketOptions>, port: number) =>
    (await once(socketOf(b, options).bind(port), 'error'))[0];
  expect(await failed({ type: 'udp6' }, 53)).toMatchObject({ code: 'EADDRINUSE' });
  await bound(b, 54, { type: 'udp6' });
  expect(await failed({}, 54)).toMatchObject({ code: 'EADDRINUSE' });
  const error = await new Promise((resolve) => six.send('x', 53, '::ffff:10.0.0.1', resolve));
  expect(error).toMatchObject({ code: 'ENETUNREACH' });
});

test('members on the host itself hear what it sends to a group, unless they are not to', async () => {
  const member = await bound(a, 5353, { reuseAddr: true });
  const second = await bound(a, 5353, { reuseAddr: true });
  member.addMembership('224.0.0.251', '10.0.0.1');
  second.addMembership('224.0.0.251');
  const sender = socketOf(a);
  const both = [message(member), message(second)];
  sender.send('loud', 5353, '224.0.0.251');
  expect((await Promise.all(both)).map(({ text, from }) => [text, from.address])).toEqual([
    ['loud', '10.0.0.1'],
    ['loud', '10.0.0.1'],
  ]);
  expect(sender.setMulticastLoopback(false)).toBe(false);
  const heard: string[] = [];
  member.on('message', (text: Buffer) => heard.push(text.toString()));
  await new Promise((resolve) => sender.send('quiet', 5353, '224.0.0.251', resolve));
  sender.setMulticastLoopback(true);
  const again = message(member);
  sender.send('again', 5353, '224.0.0.251');
  await again;
  expect(heard).toEqual(['again']);
  member.close();
  second.close();
  await Promise.all([once(member, 'close'), once(second, 'close')]);
  // Who has closed is a member no more.
  expect(a.host.interfaces[0].groups.get(Uint8Array.of(224, 0, 0, 251))).toBe(undefined);
});

test('an interface for groups, by its address or its name; link-local senders are told with it', async () => {
  const code = (name: string) => expect.objectContaining({ code: name });
  const client = await bound(a, 1000);
  client.setMulticastInterface('10.0.0.1');
  client.setMulticastInterface('0.0.0.0');
  expect(() => client.setMulticastInterface('10.0.0.9')).toThrow(code('EADDRNOTAVAIL'));
  expect(() => client.setMulticastInterface('::')).toThrow(code('EINVAL'));
  expect(() => client.addMembership('224.0.0.251', '10.0.0.9')).toThrow(code('EADDRNOTAVAIL'));
  expect(() => client.addSourceSpecificMembership()).toThrow(code('ENOPROTOOPT'));
  expect(() => client.dropSourceSpecificMembership()).toThrow(code('ENOPROTOOPT'));
  a.host.addAddress(
    a.host.interfaces[0],
    Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
    64,
  );
  const member = await bound(b, 5353, { type: 'udp6' });
  member.addMembership('ff02::fb', '::%eth0');
  const sender = await bound(a, 1000, { type: 'udp6', ipv6Only: true });
  sender.setMulticastInterface('::%eth0');
  const came = message(member);
  sender.send('x', 5353, 'ff02::fb%eth0');
  expect((await came).from.address).toBe('fe80::1%eth0');
  const failure = await new Promise((resolve) => sender.send('x', 5353, 'ff02::fb%eth7', resolve));
  expect(failure).toMatchObject({ code: 'EINVAL' });
  member.dropMembership('ff02::fb', '::%eth0');
  expect(() => member.dropMembership('ff02::fb')).toThrow(code('EADDRNOTAVAIL'));
});

test('what finds no room is counted', async () => {
  const server = await bound(b, 53, { recvBufferSize: 300, sendBufferSize: 5000 });
  expect(server.getSendBufferSize()).toBe(5000);
  expect(() => server.setSendBufferSize(0)).toThrow(
    expect.objectContaining({ code: 'ERR_INVALID_ARG_TYPE' }),
  );
  const client = await bound(a, 1000);
  // The neighbour is known when this has come.
  const first = message(server);
  client.send('x', 53, '10.0.0.2');
  await first;
  const heard: number[] = [];
  server.on('message', (bytes: Buffer) => heard.push(bytes.length));
  await Promise.all(
    [100, 101, 102].map(
      (size) => new Promise((resolve) => client.send(Buffer.alloc(size), 53, '10.0.0.2', resolve)),
    ),
  );
  while (heard.length + server.overflowed < 3) await turn();
  expect([heard, server.overflowed]).toEqual([[100], 2]);
  expect(b.node.drops()).toMatchObject({ 'b.udp queue-full': 2 });
});

test('a bound socket keeps the process alive, unless it is not to', async () => {
  const holders = new Set<object>();
  const driver = {
    tell: (work: () => void) => void setImmediate(work),
    kick() {},
    hold: (holder: object) => void holders.add(holder),
    letGo: (holder: object) => void holders.delete(holder),
  };
  const socket = new HostUdpSocket({ service: a.udp, driver }, { type: 'udp4' });
  expect(holders.size).toBe(0);
  await once(socket.bind(53), 'listening');
  expect(holders).toEqual(new Set([socket]));
  expect([socket.unref(), holders.size, socket.ref(), holders.size]).toEqual([socket, 0, socket, 1]);
  socket.close();
  expect(holders.size).toBe(0);
});

describe('before a socket has found its place', () => {
  const sent = (socket: HostUdpSocket, text: string) =>
    new Promise((resolve) => socket.send(text, 53, '10.0.0.2', (error: Error | null) => resolve(error)));
  const notRunning = expect.objectContaining({ code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' });

  test('what is sent waits, and leaves from the port number asked for', async () => {
    const server = await bound(b, 53);
    const came = message(server);
    const client = socketOf(a).bind(1000);
    expect(() => client.bind(1001)).toThrow(expect.objectContaining({ code: 'ERR_SOCKET_ALREADY_BOUND' }));
    expect(await sent(client, 'x')).toBe(null);
    expect((await came).from.port).toBe(1000);
    client.connect(53, '10.0.0.2');
    await once(client, 'connect');
    expect([...a.udp.udp.sockets()]).toHaveLength(1);
  });

  test('where it is in use, all who wait are told, and it may be bound elsewhere', async () => {
    await bound(a, 1000);
    const client = socketOf(a).bind(1000);
    const inUse = expect.objectContaining({ code: 'EADDRINUSE' });
    const failed = once(client, 'error');
    expect(await sent(client, 'x')).toEqual(inUse);
    expect((await failed)[0]).toEqual(inUse);
    await once(client.bind(1001), 'listening');
  });

  test('it may be closed', async () => {
    const client = socketOf(a).bind(1000);
    const told = sent(client, 'x');
    await once(client.close(), 'close');
    expect(await told).toEqual(notRunning);
    expect([...a.udp.udp.sockets()]).toEqual([]);
  });
});

test('what was sent before the end leaves from its port; what still looks for a name does not leave', async () => {
  const server = await bound(b, 53);
  const came = message(server);
  const client = socketOf(a);
  client.send('x', 53, '10.0.0.2');
  const { port } = client.address();
  client.close();
  expect(await came).toMatchObject({ text: 'x', from: { port } });
  let found = (_error: null, _address: string): void => {};
  const slow = socketOf(a, {
    lookup: (_name, _options, done) => {
      found = done;
    },
  });
  const told = new Promise((resolve) => slow.send('x', 53, 'server.test', resolve));
  await once(slow.close(), 'close');
  found(null, '10.0.0.2');
  expect(await told).toMatchObject({ code: 'ERR_SOCKET_DGRAM_NOT_RUNNING' });
});
