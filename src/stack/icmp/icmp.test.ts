import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Block } from '../../contract/block.js';
import { accountFaults } from '../../testing/account.js';
import { runPair, type TestHost, testHost, type Wire } from '../../testing/host-pair.js';
import { ipv4Packet } from '../../testing/ip-packets.js';
import { LabUser } from '../../testing/tcp-lab.js';
import { emitIcmp } from '../../wire/icmp-message.js';
import {
  completeIpv4,
  emitIpv4,
  ipv4TotalLength,
  PROTOCOL_ICMP,
  PROTOCOL_ICMPV6,
  PROTOCOL_TCP,
} from '../../wire/ipv4.js';
import { emitIpv6, ipv6PseudoSum } from '../../wire/ipv6.js';
import { UdpSocket } from '../udp/socket.js';
import type { EchoAnswer } from './echoes.js';
import { ErrorBudget } from './error-budget.js';
import { noNotice, readNotice } from './notice.js';

const router = Uint8Array.of(10, 0, 0, 9);

/** A frame with an ICMPv4 error of a router about the packet of `frame`, sent back to where that came from. */
function errorAbout(frame: Uint8Array, type: number, code: number, second = 0): Uint8Array {
  const quoted = frame.slice(14, 14 + Math.min(ipv4TotalLength(frame, 14), 548));
  const error = new Uint8Array(14 + 28 + quoted.length);
  error.set([...frame.subarray(6, 12), ...frame.subarray(0, 6), 8, 0]);
  emitIpv4(error, 14, 28 + quoted.length, 1, 64, PROTOCOL_ICMP, router, frame.subarray(26, 30));
  error.set(quoted, 42);
  emitIcmp(error, 34, type, code, second, quoted.length, 0);
  return error;
}

function ping(from: TestHost, remote: Uint8Array, size = 56, hopLimit: number | null = null) {
  const answers: EchoAnswer[] = [];
  from.icmp.ping({ remote, size, hopLimit, timeout: 1_000_000, told: (answer) => answers.push(answer) });
  return answers;
}

/** A call from a to b's port 80, where somebody waits or not. */
function call(a: TestHost, b: TestHost, listens: boolean, bytes = new Uint8Array(0)) {
  const accepted = new LabUser();
  if (listens) {
    b.tcp.tcp.listen({
      ...{ port: 80, address: null, backlog: 4 },
      accept: (connection) => {
        accepted.connection = connection;
        return accepted;
      },
    });
  }
  const user = new LabUser();
  a.tcp.run(() => {
    const path = a.tcp.path(40_000, b.address4, 80);
    if (path === null) throw new Error('no path');
    user.connection = a.tcp.tcp.connect(path, user);
    user.write(bytes);
    user.end();
  });
  return { user, accepted };
}

function isWhole(...hosts: TestHost[]): void {
  for (const { node } of hosts) {
    expect(accountFaults(node.engine)).toEqual([]);
    expect(node.engine.pool.free).toBe(node.engine.pool.size);
    expect(
      Object.keys(node.drops()).filter((name) => /block-error|unbound-port|hop-limit/.test(name)),
    ).toEqual([]);
  }
}

const isTcp = (frame: Uint8Array) => frame[12] === 8 && frame[13] === 0 && frame[23] === PROTOCOL_TCP;

test.each([4, 16])('an echo is answered, of every size, over addresses of %i bytes', (length) => {
  const [a, b] = [testHost('a', 1), testHost('b', 2)];
  const [from, to] = [length === 4 ? b.address4 : b.address6, b];
  for (const size of [0, 1, 55, 56, 1452, 1472, 1473, 3000]) {
    const answers = ping(a, from, size, 9);
    runPair(a, to, 3);
    expect(answers).toMatchObject([{ what: 'reply', from, size, hopLimit: 64 }]);
  }
  expect([a.node.drops(), b.node.drops()]).toEqual([{}, {}]);
  isWhole(a, b);
});

test('an echo that is swallowed times out; its late answer is a stray; where no route leads nothing is sent', () => {
  const [a, b] = [testHost('a', 1), testHost('b', 2)];
  const late: Uint8Array[] = [];
  ping(a, b.address4);
  runPair(a, b, 3);
  const answers = ping(a, b.address4);
  runPair(a, b, 1001, (frame, fromFirst) => {
    if (!fromFirst) late.push(frame);
    return fromFirst ? frame : null;
  });
  expect(answers).toEqual([{ what: 'timeout' }]);
  a.node.arrive('eth0', ...late);
  expect(a.node.drops()).toEqual({ 'a.icmp stray-reply': 1 });
  const unsent = ping(a, Uint8Array.of(192, 0, 2, 1));
  a.node.elapse(0);
  expect(unsent).toEqual([{ what: 'unsent', failure: 'ENETUNREACH' }]);
  isWhole(a, b);
});

test('a neighbour that does not answer: the host tells itself, a ping, a call', () => {
  const [a, b] = [testHost('a', 1), testHost('b', 2)];
  const answers: EchoAnswer[] = [];
  const gone = { ...b, address4: Uint8Array.of(10, 0, 0, 77) };
  a.icmp.ping({
    ...{ remote: gone.address4, size: 5, hopLimit: null, timeout: 9_000_000 },
    told: (answer) => answers.push(answer),
  });
  const { user } = call(a, gone, false);
  runPair(a, b, 4000);
  expect(answers).toMatchObject([{ what: 'error', complaint: 'no-neighbour', from: a.address4 }]);
  expect(user.failure).toBe('EHOSTUNREACH');
  isWhole(a, b);
});

test('a call is refused by a port unreachable that quotes it, not by one that guesses its number', () => {
  const [a, b] = [testHost('a', 1), testHost('b', 2)];
  let guess = true;
  const wire: Wire = (frame, fromFirst) => {
    if (!fromFirst || !isTcp(frame)) return frame;
    const quoted = guess ? frame.with(38, frame[38] ^ 1) : frame;
    a.node.links.end('eth0').inject(errorAbout(quoted, 3, 3));
    return null;
  };
  const { user } = call(a, b, true);
  runPair(a, b, 5, wire);
  expect(user.failure).toBe(null);
  expect(a.node.drops()).toEqual({ 'a.tcp stray-error': 1 });
  guess = false;
  runPair(a, b, 1500, wire);
  expect(user.failure).toBe('ECONNREFUSED');
  isWhole(a, b);
});

test('a connection lives on whatever errors come about it', () => {
  const [a, b] = [testHost('a', 1), testHost('b', 2)];
  const bytes = Uint8Array.from({ length: 50_000 }, (_, i) => i * 7);
  const { user, accepted } = call(a, b, true, bytes);
  let sent = 0;
  runPair(a, b, 300, (frame, fromFirst) => {
    if (!fromFirst || !isTcp(frame) || sent++ === 0) return frame;
    for (const code of [0, 1, 2, 3, 13]) a.node.links.end('eth0').inject(errorAbout(frame, 3, code));
    a.node.links.end('eth0').inject(errorAbout(frame, 11, 0));
    return frame;
  });
  expect(accepted.content.equals(bytes)).toBe(true);
  expect(user.failure).toBe(null);
  expect(a.node.block('a.tcp')).toMatchObject({ errors: expect.any(Number) });
  isWhole(a, b);
});

test('a narrow path: segments shrink to what the router says, down to 576 bytes, and all bytes arrive', () => {
  const [a, b] = [testHost('a', 1), testHost('b', 2)];
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i * 7);
  const { user, accepted } = call(a, b, true, bytes);
  let mtu = 1300;
  let carried = 0;
  let told = 0;
  const wire: Wire = (frame, fromFirst) => {
    if (!fromFirst || !isTcp(frame)) return frame;
    if (frame.length - 14 > mtu) {
      told++;
      a.node.links.end('eth0').inject(errorAbout(frame, 3, 4, mtu));
      return null;
    }
    carried = Math.max(carried, frame.length - 14);
    if (accepted.content.length > 30_000) mtu = 576;
    return frame;
  };
  runPair(a, b, 3000, wire);
  expect(accepted.content.equals(bytes)).toBe(true);
  expect(user.failure).toBe(null);
  expect(carried).toBe(1300);
  // What was on its way when it got narrow, twice; not every second segment from then on.
  expect(told).toBeLessThan(75);
  expect(a.host.destination(b.address4, 0, 4)?.mtu).toBe(576);
  isWhole(a, b);
});

test('forged path MTUs are refused: too small, larger than what they quote, about nothing on its way', () => {
  const [a, b] = [testHost('a', 1), testHost('b', 2)];
  const { user, accepted } = call(a, b, true, new Uint8Array(20_000));
  runPair(a, b, 200, (frame, fromFirst) => {
    if (!fromFirst || frame.length < 1000) return frame;
    for (const mtu of [68, 575, 1500, 9000]) a.node.links.end('eth0').inject(errorAbout(frame, 3, 4, mtu));
    const late = errorAbout(frame.with(38, frame[38] ^ 0x80), 3, 4, 600);
    a.node.links.end('eth0').inject(late);
    return frame;
  });
  expect([accepted.content.length, user.failure]).toEqual([20_000, null]);
  expect(a.host.destination(b.address4, 0, 4)?.mtu).toBe(1500);
  const drops = a.node.drops();
  expect(drops['a.icmp bad-error']).toBe(4 * drops['a.tcp stray-error']);
  isWhole(a, b);
});

test('UDP and echoes learn a path MTU too, and are cut to it from then on', () => {
  const [a, b] = [testHost('a', 1), testHost('b', 2)];
  const wire: Wire = (frame, fromFirst) => {
    if (!fromFirst || frame.length - 14 <= 1300) return frame;
    a.node.links.end('eth0').inject(errorAbout(frame, 3, 4, 1300));
    return null;
  };
  const first = ping(a, b.address4, 1400);
  runPair(a, b, 3, wire);
  expect(first).toMatchObject([{ what: 'error', complaint: 'too-big', from: router, mtu: 1300 }]);
  const second = ping(a, b.address4, 1400);
  runPair(a, b, 3, wire);
  expect(second).toMatchObject([{ what: 'reply', size: 1400 }]);
  isWhole(a, b);
});

test('an unknown protocol: protocol unreachable, and for IPv6 where its number stands', () => {
  const [a, b] = [testHost('a', 1), testHost('b', 2)];
  ping(b, a.address4);
  ping(b, a.address6);
  runPair(a, b, 3);
  const header = Uint8Array.of(2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2);
  const four = ipv4Packet({ source: '10.0.0.2', destination: '10.0.0.1', protocol: 99 });
  const six = new Uint8Array(40 + 8 + 10);
  emitIpv6(six, 0, 18, 60, 64, b.address6, a.address6);
  six[40] = 99;
  a.node.arrive(
    'eth0',
    Uint8Array.of(...header, 8, 0, ...four),
    Uint8Array.of(...header, 0x86, 0xdd, ...six),
  );
  const [one, two] = a.node.links.end('eth0').take().slice(-2);
  expect([one[34], one[35], one.slice(42)]).toEqual([3, 2, four]);
  expect([two[54], two[55], two[61], two.slice(62)]).toEqual([4, 1, 40, six]);
  isWhole(a, b);
});

test('an echo is not answered by a stranger, nor does an error count that quotes a packet of others', () => {
  const [a, b] = [testHost('a', 1), testHost('b', 2)];
  ping(a, b.address4);
  runPair(a, b, 3);
  const answers = ping(a, b.address4);
  runPair(a, b, 3, (frame, fromFirst) => {
    if (fromFirst) {
      const ofOthers = errorAbout(frame.with(29, 77), 3, 3);
      a.node.links.end('eth0').inject(changedHeader(ofOthers, 33, 1));
      return frame;
    }
    return changedHeader(frame, 29, 9);
  });
  expect(answers).toEqual([]);
  expect(a.node.drops()).toEqual({ 'a.icmp bad-error': 1, 'a.icmp stray-reply': 1 });
  isWhole(a, b);
});

/** The frame with another byte in its IPv4 header, whose checksum is made right again. */
function changedHeader(frame: Uint8Array, at: number, value: number): Uint8Array {
  const changed = frame.with(at, value);
  completeIpv4(changed, 14);
  return changed;
}

test('redirects are not followed', () => {
  const [a, b] = [testHost('a', 1), testHost('b', 2)];
  let redirected = 0;
  ping(a, b.address4);
  runPair(a, b, 3, (frame, fromFirst) => {
    if (fromFirst && frame[13] === 0) {
      a.node.links.end('eth0').inject(errorAbout(frame, 5, 1, 0x0a000009));
      redirected++;
    }
    return frame;
  });
  expect(redirected).toBeGreaterThan(0);
  expect(a.node.drops()).toEqual({ 'a.icmp redirect': redirected });
  expect(a.host.routes4.routes.length).toBe(1);
});

test('errors are limited to a burst of 50 and 1000 a second', () => {
  const budget = new ErrorBudget();
  const takeAt = (now: number) => Array.from({ length: 100 }, () => budget.take(now)).filter(Boolean).length;
  expect([1e6, 1e6, 1e6 + 10_000, 1e6 + 20_500, 9e6].map(takeAt)).toEqual([50, 0, 10, 10, 50]);
  const [a, b] = [testHost('a', 1), testHost('b', 2)];
  const socket = new UdpSocket(4, { readable() {}, failed() {} });
  a.udp.udp.bind(socket, null, 0);
  a.udp.run(() => {
    for (let i = 0; i < 80; i++)
      a.udp.send(socket, new Uint8Array(1), { address: b.address4, portNumber: 7 });
  });
  runPair(a, b, 1);
  // Only the last of those that waited for b's hardware address have got there.
  a.udp.run(() => {
    for (let i = 0; i < 80; i++)
      a.udp.send(socket, new Uint8Array(1), { address: b.address4, portNumber: 7 });
  });
  runPair(a, b, 1);
  const { told } = b.node.block<{ told: number } & Block>('b.no-port');
  expect(told).toBeGreaterThanOrEqual(50);
  expect(told).toBeLessThanOrEqual(53);
  expect(b.node.drops()['b.no-port limited']).toBeGreaterThan(20);
  isWhole(a, b);
});

test('an error is read only as far as it reaches: random bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), fc.nat(255), (payload, isFour, type) => {
      const header = isFour ? 20 : 40;
      const packet = new Uint8Array(header + 8 + payload.length);
      packet[0] = isFour ? 0x45 : 0x60;
      packet[header] = type;
      packet.set(payload, header + 8);
      const notice = noNotice();
      const size = 8 + payload.length;
      if (!readNotice(packet, 0, header, size, notice)) return;
      expect(notice.transportAt + 8).toBeLessThanOrEqual(packet.length);
      expect(notice.remoteAt + notice.addressLength).toBeLessThanOrEqual(packet.length);
      expect(notice.localAt).toBeGreaterThanOrEqual(header + 8);
    }),
    { numRuns: 5000, seed: 5 },
  );
});

test('whatever error comes while a stream runs, it arrives, and nothing is lost', { timeout: 60_000 }, () => {
  const error = fc.tuple(fc.constantFrom(3, 4, 5, 11, 12, 200), fc.nat(16), fc.nat(2000));
  const change = fc.tuple(fc.nat(90), fc.nat(255));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(error, fc.array(change, { maxLength: 4 })), { maxLength: 30 }),
      (errors) => {
        const [a, b] = [testHost('a', 1), testHost('b', 2)];
        const { user, accepted } = call(a, b, true, new Uint8Array(20_000).fill(3));
        let sent = 0;
        const left = [...errors];
        runPair(a, b, 100, (frame, fromFirst) => {
          if (!fromFirst || !isTcp(frame) || sent++ < 2) return frame;
          const next = left.pop();
          if (next === undefined) return frame;
          const [[type, code, second], changes] = next;
          const quoted = frame.slice();
          for (const [at, value] of changes) if (14 + at < quoted.length) quoted[14 + at] = value;
          // The source address is where it goes back to.
          quoted.set(frame.subarray(26, 30), 26);
          a.node.links.end('eth0').inject(errorAbout(quoted, type, code, second));
          return frame;
        });
        runPair(a, b, 1500);
        expect([accepted.content.length, user.failure]).toEqual([20_000, null]);
        isWhole(a, b);
      },
    ),
    { numRuns: 40, seed: 5 },
  );
});

test('random ICMP messages with right checksums are counted, and change nothing', { timeout: 60_000 }, () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(255), fc.nat(20), fc.uint8Array({ maxLength: 90 }))), (messages) => {
      const a = testHost('a', 1);
      for (const [type, code, payload] of messages) {
        const four = new Uint8Array(14 + 28 + payload.length);
        four.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0]);
        emitIpv4(four, 14, four.length - 14, 1, 64, PROTOCOL_ICMP, Uint8Array.of(10, 0, 0, 2), a.address4);
        four.set(payload, 42);
        emitIcmp(four, 34, type, code, code << 16, payload.length, 0);
        const six = new Uint8Array(14 + 48 + payload.length);
        six.set([2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x86, 0xdd]);
        emitIpv6(six, 14, 8 + payload.length, PROTOCOL_ICMPV6, 255, testAddress, a.address6);
        six.set(payload, 62);
        const sum = ipv6PseudoSum(six, 14, PROTOCOL_ICMPV6, 8 + payload.length);
        emitIcmp(six, 54, type, code, code << 16, payload.length, sum);
        a.node.arrive('eth0', four, six);
      }
      a.node.elapse(200_000_000);
      isWhole(a);
    }),
    { numRuns: 100, seed: 5 },
  );
});

const testAddress = Uint8Array.of(0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2);
