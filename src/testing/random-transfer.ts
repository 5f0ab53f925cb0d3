import { NewReno } from '../stack/tcp/congestion/new-reno.js';
import { abort } from '../stack/tcp/operate.js';
import { defaultTcpSettings, type TcpSettings } from '../stack/tcp/settings.js';
import { seededRandom } from './random.js';
import { type LabHost, type LabUser, TcpLab } from './tcp-lab.js';

const SECOND = 1_000_000;
const PORT = 80;

/** Chooses by chance, the same for the same seed. */
export class Dice {
  private readonly next: () => number;

  constructor(seed: number) {
    this.next = seededRandom(Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995);
    for (let i = 0; i < 4; i++) this.next();
  }

  /** True in so many of a hundred cases. */
  often(percent: number): boolean {
    return this.upTo(99) < percent;
  }

  /** 0 to `most`. */
  upTo(most: number): number {
    return Math.floor((this.next() / 2 ** 32) * (most + 1));
  }

  between(least: number, most: number): number {
    return least + this.upTo(most - least);
  }

  /** Between both, each order of magnitude as likely. */
  magnitude(least: number, most: number): number {
    return Math.round(least * (most / least) ** (this.next() / 2 ** 32));
  }

  oneOf<T>(...values: readonly T[]): T {
    return values[this.upTo(values.length - 1)];
  }
}

/** What one end is to do. */
interface Part {
  readonly settings: TcpSettings;
  /** Sizes of its writes, and microseconds before each. */
  readonly writes: readonly { readonly size: number; readonly pause: number }[];
  /** Microseconds from the beginning until it stops reading, and until it goes on. */
  readonly naps: readonly { readonly at: number; readonly lasts: number }[];
  /** Bytes that it reads at once. */
  readonly reads: number;
  /** Resets the connection after so many microseconds; Infinity: never. */
  readonly abortsAfter: number;
}

/** A transfer in both directions, chosen by a seed: what both ends do, and what the wire between them does. */
export interface TransferPlan {
  readonly seed: number;
  readonly a: Part;
  readonly b: Part;
  readonly simultaneousOpen: boolean;
  /** Nothing gets through in these times; the last one may never end. */
  readonly cuts: readonly { readonly at: number; readonly until: number }[];
  /** Both ends must come through with all bytes: nobody resets, no cut lasts for ever. */
  readonly mustSucceed: boolean;
  /** What the caller's initial sequence number is close to. */
  readonly isnNear: number | null;
}

export function planTransfer(seed: number): TransferPlan {
  const dice = new Dice(seed);
  const cuts: { at: number; until: number }[] = [];
  for (let i = dice.often(30) ? dice.between(1, 2) : 0; i > 0; i--) {
    const at = dice.magnitude(1_000, 20 * SECOND);
    cuts.push({ at, until: at + dice.magnitude(10_000, 30 * SECOND) });
  }
  const forEver = dice.often(8);
  if (forEver) cuts.push({ at: dice.magnitude(1_000, 20 * SECOND), until: Number.POSITIVE_INFINITY });
  const aborts = dice.often(6);
  const part = (abortsAfter: number): Part => planPart(dice, forEver, abortsAfter);
  const a = part(aborts && dice.often(50) ? dice.magnitude(500, 10 * SECOND) : Number.POSITIVE_INFINITY);
  const b = part(aborts ? dice.magnitude(500, 10 * SECOND) : Number.POSITIVE_INFINITY);
  const simultaneousOpen = dice.often(10);
  const isnNear = dice.often(50) ? dice.oneOf(0x7fff_ffff, 0xffff_ffff) : null;
  return { seed, a, b, simultaneousOpen, cuts, mustSucceed: !forEver && !aborts, isnNear };
}

function planPart(dice: Dice, forEver: boolean, abortsAfter: number): Part {
  const receiveBuffer = dice.magnitude(1_000, 200_000);
  const writes: { size: number; pause: number }[] = [];
  let left = dice.often(10) ? 0 : dice.magnitude(1, 150_000);
  const usual = dice.magnitude(20, 30_000);
  while (left > 0) {
    const size = Math.min(left, dice.between(1, usual), 60_000);
    writes.push({ size, pause: dice.often(10) ? dice.magnitude(10, 2 * SECOND) : 0 });
    left -= size;
  }
  const naps: { at: number; lasts: number }[] = [];
  for (let i = dice.often(30) ? dice.between(1, 3) : 0; i > 0; i--) {
    naps.push({ at: dice.magnitude(100, 10 * SECOND), lasts: dice.magnitude(1_000, 60 * SECOND) });
  }
  const settings: TcpSettings = {
    ...defaultTcpSettings,
    ...(dice.often(30) ? { congestion: (segment) => new NewReno(segment) } : {}),
    windowScaling: dice.often(85),
    sack: dice.often(80),
    timestamps: dice.often(75),
    ecn: dice.oneOf('off', 'asked', 'ask'),
    noDelay: dice.often(30),
    receiveBuffer,
    receiveBufferMost: Math.max(receiveBuffer, dice.magnitude(2_000, 2_000_000)),
    // Who has nothing to send hears of a peer that is gone by keepalive alone.
    ...{ keepAlive: true, keepAliveIdle: 60 * SECOND, keepAliveInterval: 10 * SECOND },
    ...(forEver
      ? { keepAliveProbes: 5, retries: 6, synRetries: 4 }
      : { keepAliveProbes: 30, synRetries: 20 }),
  };
  return { settings, writes, naps, reads: dice.magnitude(1_000, 1_000_000), abortsAfter };
}

/** Puts the plan's wire between the hosts of a lab. */
function setWire(lab: TcpLab, plan: TransferPlan): void {
  const dice = new Dice(plan.seed ^ 0x2545_f491);
  const begin = lab.time;
  const isCut = (): boolean =>
    plan.cuts.some(({ at, until }) => lab.time - begin >= at && lab.time - begin < until);
  const delay = dice.magnitude(50, 200_000);
  const rate = dice.often(50) ? dice.magnitude(30_000, 20_000_000) : 0;
  const largestSegment = dice.oneOf(1460, 1460, 1460, 536, dice.between(80, 9000));
  const losing = dice.often(60);
  for (const host of [lab.a, lab.b]) {
    host.largestSegment = largestSegment;
    host.burst = dice.often(30) ? dice.magnitude(largestSegment, 60_000) : largestSegment;
    Object.assign(host.faults, {
      ...{ delay, jitter: dice.often(40) ? dice.upTo(2 * delay) : 0, filter: () => !isCut() },
      ...(losing ? { loss: dice.upTo(200) / 1000, corruption: dice.upTo(50) / 1000 } : {}),
      ...(losing ? { duplication: dice.upTo(100) / 1000 } : {}),
      ...(rate > 0 ? { rate, queue: dice.magnitude(20_000, 500_000) } : {}),
      ...(rate > 0 && dice.often(50) ? { markAbove: dice.magnitude(3_000, 50_000) } : {}),
    });
    if (dice.often(20)) starve(lab, host, dice);
  }
}

/** Now and then a host has no room for what TCP wants to send, and tells when it has again (or forgets to). */
function starve(lab: TcpLab, host: LabHost, dice: Dice): void {
  const percent = dice.oneOf(1, 10, 50);
  let resumes = false;
  host.hasRoom = () => {
    if (!dice.often(percent)) return true;
    if (!resumes && dice.often(80)) {
      resumes = true;
      lab.after(dice.magnitude(10, 100_000), () => {
        resumes = false;
        host.tcp.resume();
      });
    }
    return false;
  };
}

/** One end at work. */
class Player {
  user: LabUser | null = null;
  aborted = false;
  readonly written: Uint8Array;
  private readonly lab: TcpLab;
  private readonly part: Part;

  constructor(lab: TcpLab, part: Part, seed: number) {
    this.lab = lab;
    this.part = part;
    const random = seededRandom(seed);
    const total = part.writes.reduce((sum, { size }) => sum + size, 0);
    this.written = Uint8Array.from({ length: total }, () => random());
  }

  play(user: LabUser): void {
    const { lab, part } = this;
    this.user = user;
    user.readsAtOnce = part.reads;
    user.closesBack = false;
    for (const { at, lasts } of part.naps) {
      lab.after(at, () => {
        user.reads = false;
      });
      lab.after(at + lasts, () => {
        user.reads = true;
        user.drain();
      });
    }
    if (part.abortsAfter !== Number.POSITIVE_INFINITY) lab.after(part.abortsAfter, () => this.abort(user));
    this.write(user, 0, 0);
  }

  private write(user: LabUser, index: number, at: number): void {
    const next = this.part.writes[index];
    if (next === undefined) {
      user.end();
      return;
    }
    const go = (): void => {
      user.write(this.written.subarray(at, at + next.size));
      this.write(user, index + 1, at + next.size);
    };
    if (next.pause > 0) this.lab.after(next.pause, go);
    else go();
  }

  private abort(user: LabUser): void {
    if (user.over) return;
    this.aborted = true;
    abort(user.connection, 'ECONNABORTED');
  }
}

/** Runs a transfer, and answers what is wrong with how it went: nothing, if all is well. */
export function runTransfer(plan: TransferPlan): string[] {
  const lab = new TcpLab(plan.seed, plan.a.settings, plan.b.settings);
  if (plan.isnNear !== null) {
    // The initial number runs with the clock: the lab begins when it has come to where it is wanted.
    const trial = new TcpLab(plan.seed, plan.a.settings, plan.b.settings).a.connect(PORT);
    lab.time += ((plan.isnNear - 20_000 - trial.connection.iss) >>> 0) * 4;
  }
  setWire(lab, plan);
  const a = new Player(lab, plan.a, plan.seed);
  const b = new Player(lab, plan.b, plan.seed + 1);
  if (plan.simultaneousOpen) {
    a.play(lab.a.connect(PORT, 40_000));
    b.play(lab.b.connect(40_000, PORT));
  } else {
    lab.b.listen(PORT, (user) => b.play(user));
    a.play(lab.a.connect(PORT));
  }
  const isDone = (): boolean => a.user?.over === true && (b.user === null || b.user.over);
  const done = lab.until(isDone, 20_000 * SECOND);
  const faults: string[] = [];
  if (!done) faults.push(`still waiting: a ${tell(a)}, b ${tell(b)}`);
  faults.push(...judge('a', a, b, plan), ...judge('b', b, a, plan));
  lab.run(700 * SECOND);
  return [...faults, ...lab.left];
}

/** What `one` says of the end of the transfer must be true. */
function judge(name: string, one: Player, other: Player, plan: TransferPlan): string[] {
  const { user } = one;
  const faults: string[] = [];
  if (user === null) return plan.mustSucceed ? [`${name} was never called`] : [];
  const expected = Buffer.from(other.written);
  const { content } = user;
  if (!content.equals(expected.subarray(0, content.length)))
    faults.push(`${name} read other bytes than were sent`);
  if (user.events.includes('ended') && user.failure === null && content.length !== expected.length) {
    faults.push(`${name} read ${content.length} of ${expected.length} and was told that this was the end`);
  }
  const arrived = other.user?.connection.counts.bytesIn ?? 0;
  if (user.over && user.failure === null && arrived < one.written.length) {
    faults.push(
      `${name} was told that all went well, but only ${arrived} of ${one.written.length} had arrived`,
    );
  }
  // The last ACK may get lost until the other end has forgotten the connection: an error though all is well.
  const isLastAck =
    user.failure === 'ECONNRESET' && arrived === one.written.length && content.length === expected.length;
  if (plan.mustSucceed && user.failure !== null && !isLastAck) faults.push(`${name} failed: ${tell(one)}`);
  return faults;
}

function tell({ user, written }: Player): string {
  if (user === null) return 'was never called';
  const { state, sndUna, sndNxt, iss, loss, queue } = user.connection;
  const sent = `${(sndUna - iss) | 0}/${(sndNxt - iss) | 0} of ${written.length}, ${queue.length} queued`;
  return `${state} ${user.failure ?? ''} (${sent}, ${loss}, read ${user.received}, events ${user.events.join(' ')})`;
}
