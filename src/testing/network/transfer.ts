import { NewReno } from '../../stack/tcp/congestion/new-reno.js';
import { abort } from '../../stack/tcp/operate.js';
import { defaultTcpSettings, type TcpSettings } from '../../stack/tcp/settings.js';
import { seededRandom } from '../random.js';
import { Dice } from '../random-transfer.js';
import type { LabUser } from '../tcp-lab.js';
import { address6Of, addressOf, giveAddress } from './addresses.js';
import { perfectWire, type WireConditions } from './conditions.js';
import type { Network } from './network.js';
import type { Station } from './station.js';

const SECOND = 1_000_000;
const PORT = 80;
/** Longest that anything lasts after both ends are done: TIME-WAIT, FIN-WAIT-2, neighbours that are asked for. */
const AFTERWARDS = 700 * SECOND;

/** One end of a transfer: what it sends, when it reads, how it ends. */
class Party {
  user: LabUser | null = null;
  aborted = false;
  readonly bytes: Uint8Array;
  private readonly network: Network;
  private readonly station: Station;
  private readonly dice: Dice;

  constructor(network: Network, station: Station, dice: Dice) {
    this.network = network;
    this.station = station;
    this.dice = dice;
    const random = seededRandom(dice.upTo(2 ** 30));
    this.bytes = Uint8Array.from({ length: chooseLength(dice) }, () => random());
  }

  /** Begins: called when there is a connection. */
  play(user: LabUser, aborts: boolean): void {
    const { dice, network } = this;
    this.user = user;
    user.closesBack = false;
    if (dice.often(40)) {
      const at = dice.magnitude(100, SECOND);
      network.after(at, () => {
        user.reads = false;
      });
      network.after(at + dice.magnitude(1000, 60 * SECOND), () => {
        user.reads = true;
        this.station.do(() => user.drain());
      });
    }
    if (aborts) network.after(dice.magnitude(500, 5 * SECOND), () => this.abort(user));
    this.write(user, 0);
  }

  private write(user: LabUser, at: number): void {
    if (at === this.bytes.length) {
      user.end();
      return;
    }
    const size = Math.min(this.bytes.length - at, this.dice.magnitude(1, 40_000));
    user.write(this.bytes.subarray(at, at + size));
    if (this.dice.often(70)) this.write(user, at + size);
    else
      this.network.after(this.dice.magnitude(10, SECOND), () =>
        this.station.do(() => this.write(user, at + size)),
      );
  }

  private abort(user: LabUser): void {
    if (user.over) return;
    this.aborted = true;
    this.station.do(() => abort(user.connection, 'ECONNABORTED'));
  }
}

/**
 * A transfer between two hosts over bad wires, with everything chosen by a seed: both ends send, stop reading for a while,
 * close at once or reset; the wires lose, double, reorder, corrupt and are cut, perhaps for ever. Answers what was wrong.
 */
export function badTransfer(network: Network, seed: number): string[] {
  const dice = new Dice(seed);
  const forEver = dice.often(8);
  const aborts = dice.often(6);
  const [a, b] = build(network, dice);
  const settings = chooseSettings(dice, forEver);
  const caller = new Party(network, a, dice);
  const called = new Party(network, b, dice);
  b.listen(PORT, (user) => called.play(user, aborts && dice.often(50)), { settings });
  const to = dice.often(50) ? addressOf(2) : address6Of(2);
  caller.user = a.connect(to, PORT, (user) => caller.play(user, aborts), settings);
  cutWires(network, dice, forEver);
  const isDone = (): boolean => caller.user?.over === true && (called.user === null || called.user.over);
  const faults: string[] = [];
  if (!network.until(isDone, 40_000 * SECOND)) faults.push(`still waiting: ${tell(caller)}, ${tell(called)}`);
  const mustSucceed = !forEver && !aborts;
  faults.push(
    ...judge('caller', caller, called, mustSucceed),
    ...judge('called', called, caller, mustSucceed),
  );
  network.run(AFTERWARDS);
  return [...faults, ...network.left()];
}

/** Nothing, little, or what fills windows. */
function chooseLength(dice: Dice): number {
  if (dice.often(10)) return 0;
  return dice.often(40) ? dice.magnitude(1, 80_000) : dice.between(10_000, 120_000);
}

/** Two hosts, with a wire or a switch between them. */
function build(network: Network, dice: Dice): [Station, Station] {
  const frames = dice.oneOf(64, 256, 1024);
  const a = network.station('a', { frames });
  const b = network.station('b', { frames });
  const wire = chooseWire(dice);
  if (dice.often(50)) network.join(a, b, wire);
  else {
    const middle = network.switch('switch');
    network.join(a, middle, wire);
    // Faults of one wire are those of the path. Two bits turned on two wires could be what no checksum finds.
    const { delay, jitter, rate, queue } = { ...perfectWire, ...wire };
    network.join(b, middle, { delay, jitter, rate, queue });
  }
  giveAddress(a, 1);
  giveAddress(b, 2);
  return [a, b];
}

function chooseWire(dice: Dice): WireConditions {
  const delay = dice.magnitude(50, 100_000);
  const bad = dice.often(70);
  const slow = dice.often(50);
  return {
    ...{ delay, jitter: dice.often(40) ? dice.upTo(2 * delay) : 0 },
    ...(bad ? { loss: dice.upTo(200) / 1000, duplication: dice.upTo(100) / 1000 } : {}),
    ...(bad ? { corruption: dice.upTo(50) / 1000 } : {}),
    ...(bad ? { reordering: dice.upTo(100) / 1000, holdBack: dice.magnitude(100, 100_000) } : {}),
    ...(slow ? { rate: dice.magnitude(30_000, 20_000_000), queue: dice.magnitude(20_000, 300_000) } : {}),
  };
}

function chooseSettings(dice: Dice, forEver: boolean): TcpSettings {
  const receiveBuffer = dice.magnitude(2_000, 200_000);
  return {
    ...defaultTcpSettings,
    ...(dice.often(30) ? { congestion: (segment: number) => new NewReno(segment) } : {}),
    ...{
      windowScaling: dice.often(85),
      sack: dice.often(80),
      timestamps: dice.often(75),
      noDelay: dice.often(30),
    },
    ...{ receiveBuffer, receiveBufferMost: Math.max(receiveBuffer, dice.magnitude(2_000, 2_000_000)) },
    // Who has nothing to send hears of a peer that is gone by keepalive alone.
    ...{ keepAlive: true, keepAliveIdle: 60 * SECOND, keepAliveInterval: 10 * SECOND },
    ...(forEver
      ? { keepAliveProbes: 5, retries: 6, synRetries: 4 }
      : { keepAliveProbes: 30, synRetries: 20 }),
  };
}

/** Cuts all wires for some times, each shorter than a connection's patience; and, if so, for ever. */
function cutWires(network: Network, dice: Dice, forEver: boolean): void {
  const set = (up: boolean): void => {
    for (const wire of network.wires)
      if (up) wire.mend();
      else wire.cut();
  };
  let end = false;
  for (let i = dice.often(30) ? dice.between(1, 2) : 0; i > 0; i--) {
    const at = dice.magnitude(1000, 20 * SECOND);
    network.after(at, () => set(false));
    network.after(at + dice.magnitude(10_000, 30 * SECOND), () => set(!end));
  }
  if (forEver) {
    network.after(dice.magnitude(1000, 20 * SECOND), () => {
      end = true;
      set(false);
    });
  }
}

/** What `one` says of the end of the transfer must be true. */
function judge(name: string, one: Party, other: Party, mustSucceed: boolean): string[] {
  const { user } = one;
  if (user === null) return other.user?.failure === null ? [`${name} was never called`] : [];
  const faults: string[] = [];
  const { content } = user;
  if (!content.equals(other.bytes.subarray(0, content.length)))
    faults.push(`${name} read other bytes than were sent`);
  const ended = user.events.includes('ended') && user.failure === null;
  if (ended && content.length !== other.bytes.length) {
    faults.push(`${name} read ${content.length} of ${other.bytes.length} and was told that this was the end`);
  }
  const arrived = other.user?.received ?? 0;
  // What a user that has reset the connection did not read may have arrived all the same.
  if (user.over && user.failure === null && !other.aborted && arrived < one.bytes.length) {
    faults.push(`${name} was told that all went well, but only ${arrived} of ${one.bytes.length} were read`);
  }
  if (mustSucceed && user.failure !== null && !isExcused(user, other))
    faults.push(`${name} failed: ${tell(one)}`);
  return faults;
}

/**
 * What may fail though nobody gave up: a call while the wire is cut longer than neighbours are asked for, and an end whose
 * last ACKs were all lost until the peer, who has everything, forgot it: retransmissions come up to 60 s apart, and
 * TIME-WAIT lasts no longer.
 */
function isExcused(user: LabUser, { user: peer }: Party): boolean {
  if (user.failure === 'EHOSTUNREACH') return !user.events.includes('established');
  return user.failure === 'ECONNRESET' && peer !== null && peer.over && peer.failure === null;
}

function tell({ user, bytes }: Party): string {
  if (user === null) return 'never called';
  const { state, sndUna, iss } = user.connection;
  const acknowledged = `${(sndUna - iss) | 0} of ${bytes.length} acknowledged`;
  return `${state} ${user.failure ?? ''} (${acknowledged}, read ${user.received}, ${user.events.join(' ')})`;
}
