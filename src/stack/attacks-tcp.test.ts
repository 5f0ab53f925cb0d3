import { expect, test } from 'vitest';
import { forgeTcp } from '../testing/network/forge.js';
import { Network } from '../testing/network/network.js';
import { UnderFire } from '../testing/network/under-fire.js';
import { seededRandom } from '../testing/random.js';
import { TCP_ACK, TCP_PSH, TCP_RST, TCP_SYN } from '../wire/tcp.js';
import { abort } from './tcp/operate.js';
import { defaultTcpSettings } from './tcp/settings.js';

// What an attacker can do to TCP, while a transfer of somebody else runs; see ATTACKS.md. Every test ends with the transfer
// whole, and nothing left.

const BACKLOG = 16;
const { clientAddress, serverAddress, port } = UnderFire;

function scene(length = 3_000_000): UnderFire {
  return new UnderFire(new Network(11), length);
}

/** An address outside of the hosts' network. */
function elsewhere(random: () => number): Uint8Array {
  return Uint8Array.of(172, random(), random(), random());
}

test('a flood of SYNs: handshakes are bounded, those beyond get cookies, and who answers one gets in', () => {
  const s = scene();
  s.addGateway();
  const random = seededRandom(1);
  const { tcp } = s.server.tcp;
  const syn = () =>
    forgeTcp(s.forged(elsewhere(random)), {
      ...{ fromPort: random() & 0xffff, toPort: port, seq: random() | 0, flags: TCP_SYN },
    });
  s.fire(50, syn, 5000);
  const late = s.client.connect(serverAddress, port, (user) => user.end());
  let most = 0;
  s.fire(
    50,
    () => {
      most = Math.max(most, tcp.size);
      return syn();
    },
    5000,
  );
  expect(late.events).toContain('established');
  expect(tcp.counts.cookiesTaken).toBe(1);
  expect(tcp.counts.cookiesSent).toBeGreaterThan(9000);
  expect(most).toBeLessThanOrEqual(BACKLOG + 2);
  expect(s.finish()).toEqual([]);
});

test('both ends of a connection are sent bytes in the name of the other: they do not answer each other for ever', () => {
  const s = scene();
  const served = s.server.listen(81);
  // Without timestamps: or else what carries none is dropped, and there is no storm to stop.
  const settings = { ...defaultTcpSettings, timestamps: false };
  const idle = s.client.connect(serverAddress, 81, () => {}, settings);
  s.network.run(100_000);
  expect(served[0]?.events).toEqual(['established']);
  const [near, far] = [idle.connection, served[0].connection];
  for (const [c, to, toMac] of [
    [near, clientAddress, s.clientMac],
    [far, serverAddress, s.serverMac],
  ] as const) {
    const from = to === clientAddress ? serverAddress : clientAddress;
    const { localPort, remotePort } = c.path;
    s.foe.send(
      forgeTcp(
        { ...s.forged(from), to, toMac },
        {
          ...{ fromPort: remotePort, toPort: localPort, seq: c.rcvNxt, ack: c.sndNxt },
          ...{ flags: TCP_ACK | TCP_PSH, payload: new Uint8Array(10) },
        },
      ),
    );
  }
  s.network.run(1000);
  expect([idle.received, served[0].received]).toEqual([10, 10]);
  const before = near.counts.segmentsIn + far.counts.segmentsIn;
  s.network.run(10_000_000);
  // Two answers a second from each end, at most.
  expect(near.counts.segmentsIn + far.counts.segmentsIn - before).toBeLessThan(2 * 2 * 10 + 10);
  s.client.do(() => abort(near, null));
  s.server.do(() => abort(far, null));
  expect(s.finish()).toEqual([]);
});

test('land: a SYN from the host to itself is dropped where it comes in', () => {
  const s = scene();
  const land = forgeTcp(s.forged(serverAddress), { fromPort: port, toPort: port, seq: 1, flags: TCP_SYN });
  const count = s.fire(100, () => land);
  expect(s.server.drops()['server.ip-input bad-source']).toBe(count);
  expect(s.finish()).toEqual([]);
});

test('resets and SYNs in the name of the client: blind ones are nothing, those within the window are asked back, a few times a second', () => {
  const s = scene();
  const random = seededRandom(2);
  const served = s.server.listen(81);
  const idle = s.client.connect(serverAddress, 81, (user) => user.write(new Uint8Array(1)));
  s.network.run(100_000);
  const c = served[0].connection;
  const { remotePort: fromPort } = c.path;
  const before = c.counts.segmentsOut;
  const forge = (seq: number, flags: number) =>
    forgeTcp(s.forged(clientAddress), { fromPort, toPort: 81, seq, flags });
  const near = () => (c.rcvNxt + 1 + (random() % 50_000)) | 0;
  s.fire(
    50,
    (index) => forge(index % 2 === 0 ? near() : random() | 0, index % 4 === 0 ? TCP_SYN : TCP_RST),
    20_000,
  );
  expect(served[0].over || idle.over).toBe(false);
  // One second of it.
  expect(c.counts.segmentsOut - before).toBeGreaterThan(0);
  expect(c.counts.segmentsOut - before).toBeLessThan(5);
  // Who knows the next number ends it: this is what the others fell short of.
  s.fire(50, () => forge(c.rcvNxt, TCP_RST), 1);
  expect(served[0].failure).toBe('ECONNRESET');
  s.client.do(() => abort(idle.connection, null));
  expect(s.finish()).toEqual([]);
});

test('blind bytes in the name of the client do not get into the stream', () => {
  const s = scene();
  const random = seededRandom(3);
  const fromPort = s.served?.connection.path.remotePort ?? 0;
  s.fire(50, () =>
    forgeTcp(s.forged(clientAddress), {
      ...{ fromPort, toPort: port, seq: random() | 0, ack: random() | 0, flags: TCP_ACK | TCP_PSH },
      payload: new Uint8Array(100),
    }),
  );
  expect(s.finish()).toEqual([]);
});

test('readers that do not read: what waits for each is bounded, and all comes when they do', () => {
  const s = scene();
  const slow = s.server.listen(81, (user) => {
    user.reads = false;
  });
  const bytes = new Uint8Array(1_000_000).fill(3);
  const users = Array.from({ length: 20 }, () =>
    s.client.connect(serverAddress, 81, (user) => {
      user.write(bytes);
      user.end();
    }),
  );
  s.network.run(120_000_000);
  expect(slow).toHaveLength(20);
  for (const { connection } of slow) {
    expect(connection.inbox.readable).toBeGreaterThan(0);
    expect(connection.inbox.readable).toBeLessThanOrEqual(connection.settings.receiveBuffer);
  }
  expect(s.server.engine.held()).toBe(0);
  for (const user of slow) {
    user.reads = true;
    s.server.do(() => user.drain());
  }
  expect(s.network.until(() => users.every((user) => user.over))).toBe(true);
  expect(slow.map((user) => user.received)).toEqual(users.map(() => bytes.length));
  expect(s.finish()).toEqual([]);
});
