// A transfer of a minute in virtual time, both ways, while the graphs of both hosts are re-tied below TCP.
import { expect, test } from 'vitest';
import { addressOf, giveAddress } from '../testing/network/addresses.js';
import { TraceHash } from '../testing/network/capture.js';
import type { WireConditions } from '../testing/network/conditions.js';
import { Network } from '../testing/network/network.js';
import { Reties } from '../testing/network/retie.js';
import type { Station } from '../testing/network/station.js';
import { seededRandom } from '../testing/random.js';
import type { LabUser } from '../testing/tcp-lab.js';
import { read, write } from './tcp/operate.js';

const SECOND = 1_000_000;
const LASTS = 60 * SECOND;
/** A little under 100 ms, and in no step with anything else. */
const EVERY = 97_003;
const PORT = 80;
/** Bytes that wait in a sender at most. */
const AHEAD = 200_000;
const LONG = process.env.QUIPU_LONG === '1';
/** Bytes per second of the wire. */
const RATE = LONG ? 1_250_000 : 125_000;

/** What is sent, again and again: a prime number of bytes, so that no segment stands where another could. */
const random = seededRandom(5);
const content = Buffer.from(Array.from({ length: 65_521 }, () => random()));

/** One end: sends as long as it is let to, looks at what comes and when. */
class End {
  sent = 0;
  received = 0;
  /** The first byte that was another than was sent; -1: none. */
  wrongAt = -1;
  /** Longest time without any byte, in microseconds, once there was one. */
  longestGap = 0;
  private lastAt = 0;
  private readonly network: Network;
  private readonly user: LabUser;

  constructor(network: Network, user: LabUser) {
    this.network = network;
    this.user = user;
    user.closesBack = false;
    user.readable = () => this.take();
    user.writable = () => this.fill();
    this.fill();
  }

  fill(): void {
    const { connection } = this.user;
    while (connection.queue.length < AHEAD) {
      write(connection, content);
      this.sent += content.length;
    }
  }

  finish(): void {
    this.user.writable = () => {};
    this.user.end();
  }

  private take(): void {
    const { now } = this.network;
    if (this.received > 0) this.longestGap = Math.max(this.longestGap, now - this.lastAt);
    this.lastAt = now;
    for (let bytes = read(this.user.connection); bytes !== null; bytes = read(this.user.connection)) {
      this.check(bytes);
      this.received += bytes.length;
    }
  }

  private check(bytes: Uint8Array): void {
    for (let done = 0; done < bytes.length; ) {
      const from = (this.received + done) % content.length;
      const length = Math.min(bytes.length - done, content.length - from);
      const same = content.compare(bytes, done, done + length, from, from + length) === 0;
      if (!same && this.wrongAt < 0) this.wrongAt = this.received + done;
      done += length;
    }
  }
}

/** Re-ties a station again and again until the transfer is over. */
function retieOf(network: Network, station: Station): Reties {
  const reties = new Reties(station.name, 'eth0');
  const end = network.now + LASTS;
  const again = (): void => {
    station.act(reties.next());
    if (network.now + EVERY < end) network.after(EVERY, again);
  };
  network.after(EVERY, again);
  return reties;
}

function transfer(conditions: WireConditions, retied: boolean) {
  const network = new Network(11);
  const trace = new TraceHash();
  network.taps.push(trace.tap);
  const stations = ['a', 'b'].map((name) => network.station(name));
  const [a, b] = stations;
  network.join(a, b, { rate: RATE, delay: 5000, queue: 60_000, ...conditions });
  giveAddress(a, 1);
  giveAddress(b, 2);
  const ends: End[] = [];
  const users: LabUser[] = [];
  const begin = (user: LabUser): void => {
    users.push(user);
    ends.push(new End(network, user));
  };
  b.listen(PORT, begin);
  a.connect(addressOf(2), PORT, begin);
  const reties = retied ? stations.map((station) => retieOf(network, station)) : [];
  network.run(LASTS);
  const used = ends.map(({ received }) => received / ((RATE * LASTS) / SECOND));
  const counts = reties.map(({ count }) => count);
  for (const [i, station] of stations.entries()) station.do(() => ends[i].finish());
  const done = network.until(() => users.every(({ over }) => over));
  network.run(300 * SECOND);
  const drops = stations.map((station) => station.drops());
  return { ends, users, done, used, counts, drops, left: network.left(), trace: trace.value };
}

test.each([
  ['a plain wire', {}],
  ['a wire that loses one frame in a hundred and reorders', { loss: 0.01, jitter: 3000 }],
] as const)(
  'over %s: no byte is lost, and no frame comes later than without',
  (_name, conditions) => {
    const plain = transfer(conditions, false);
    const retied = transfer(conditions, true);
    for (const { ends, users, done, drops, left } of [plain, retied]) {
      expect(done).toBe(true);
      expect(users.map(({ failure }) => failure)).toEqual([null, null]);
      expect(ends.map(({ wrongAt }) => wrongAt)).toEqual([-1, -1]);
      expect(ends.map(({ received }) => received)).toEqual([ends[1].sent, ends[0].sent]);
      expect(drops).toEqual([{}, {}]);
      expect(left).toEqual([]);
    }
    for (const count of retied.counts) expect(count).toBeGreaterThanOrEqual(600);
    // The bound of issue 5; then what is true: every frame is on its wire at the same time as without.
    retied.ends.forEach(({ longestGap }, i) => {
      expect(longestGap - plain.ends[i].longestGap).toBeLessThanOrEqual(5000);
    });
    expect(retied.trace).toBe(plain.trace);
    for (const share of plain.used) expect(share).toBeGreaterThan('loss' in conditions ? 0.2 : 0.8);
  },
  LONG ? 900_000 : 60_000,
);
