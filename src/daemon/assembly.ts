import type { Clock } from '../contract/clock.js';
import { QuipuError } from '../contract/error.js';
import { OutOfStep, Overruled, type Peers } from '../control/peers.js';
import { HOME } from '../engine/crossing.js';
import type { Engine } from '../engine/engine.js';

/** Words that all engines see: the first four, and three for each engine. */
const W = { sequence: 0, decided: 1, outcome: 2, dead: 3 } as const;
const FIRST = 4;
const E = { arrived: 0, verdict: 1, idps: 2, count: 3 } as const;

/** Longest wait for another engine to stand still, in microseconds. */
const MEET_LIMIT = 10_000_000;
/** The same for its part of a change: it may open devices. */
const CHANGE_LIMIT = 60_000_000;
/** Between two looks at what came over from others while they are waited for, in milliseconds. */
const LOOK_MS = 1;

const TICKETS = 0x3fffffff;

/** Makes the words for so many engines. */
export function createAssemblyWords(engines: number): SharedArrayBuffer {
  return new SharedArrayBuffer(4 * (FIRST + E.count * engines));
}

/** An engine has ended: whoever waits for it is to give up. */
export function noteDeath(words: SharedArrayBuffer): void {
  const board = new Int32Array(words);
  Atomics.store(board, W.dead, 1);
  Atomics.notify(board, W.sequence);
}

/**
 * Where the engines of a node, each in a thread of its own, come together. Every request that wants all of them has a
 * ticket, a number that grows; all engines get the same tickets in the same order. What they decide is a word that
 * holds the ticket and yes or no, set once, by whoever comes to know it first. So an engine that gives up waiting
 * decides for all, and one that comes late finds that out.
 */
export class Assembly implements Peers {
  readonly count: number;
  /** Run by the first engine before each change. */
  onBegin: () => void = () => {};
  private readonly number: number;
  private readonly words: Int32Array;
  private readonly clock: Clock;
  private engine!: Engine;
  private onOverdue!: (change: number) => void;
  private ticket = 0;

  constructor(number: number, count: number, words: SharedArrayBuffer, clock: Clock) {
    this.number = number;
    this.count = count;
    this.words = new Int32Array(words);
    this.clock = clock;
  }

  /** Must be called once, before everything else. The first engine tells of changes that were not confirmed in time. */
  join(engine: Engine, onOverdue: (change: number) => void): void {
    this.engine = engine;
    this.onOverdue = onOverdue;
  }

  /** The ticket of the request that is answered next. */
  take(ticket: number): void {
    this.ticket = ticket & TICKETS;
  }

  meet(): void {
    const { words, ticket } = this;
    const engine = this.engine;
    const { exchange } = engine;
    const flush = () => engine.flush();
    engine.dispatch.drain();
    exchange.standStill();
    exchange.serve(flush);
    this.put(E.idps, engine.registry.table.length);
    this.put(E.arrived, ticket);
    this.tell();
    const end = this.clock.now() + MEET_LIMIT;
    let assembled = false;
    for (;;) {
      const seen = Atomics.load(words, W.sequence);
      const age = this.age(W.decided);
      if (age === 0 && this.isYes(W.decided)) break;
      // A later ticket is decided, which needs no arrival only if it was a no: as this one was.
      if (age >= 0) throw this.lateness();
      if (exchange.serve(flush)) this.tell();
      if (!assembled && this.missing(E.arrived, ticket) < 0) {
        assembled = true;
        exchange.standStill();
      }
      if (assembled && exchange.quiet()) this.decide(W.decided, true);
      else if (this.clock.now() > end) this.decide(W.decided, false);
      else this.wait(seen);
    }
    for (let of = 0; of < this.count; of++) engine.registry.level(this.get(of, E.idps));
  }

  begin(): void {
    if (this.number === HOME) {
      this.onBegin();
      return;
    }
    const yes = code(this.ticket, true);
    this.await(W.outcome, () => this.get(HOME, E.verdict) === yes);
    if (this.get(HOME, E.verdict) !== yes) throw this.overruled();
  }

  agree(): void {
    const yes = code(this.ticket, true);
    this.put(E.verdict, yes);
    this.tell();
    this.await(W.outcome, () => {
      if (this.missing(E.verdict, yes) < 0) this.decide(W.outcome, true);
      return false;
    });
    if (!this.isYes(W.outcome)) throw this.overruled();
  }

  disagree(): void {
    this.decide(W.outcome, false);
    if (this.isYes(W.outcome))
      throw new OutOfStep(`engine ${this.number} failed in a change that all had agreed to`);
  }

  overdue(change: number): void {
    if (this.number === HOME) this.onOverdue(change);
  }

  /** Waits until the word is decided for this ticket, or `done`. Decides no when that takes too long. */
  private await(word: number, done: () => boolean): void {
    const end = this.clock.now() + CHANGE_LIMIT;
    for (;;) {
      const seen = Atomics.load(this.words, W.sequence);
      if (done() || this.age(word) === 0) return;
      if (this.clock.now() > end) this.decide(word, false);
      else this.wait(seen);
    }
  }

  private wait(seen: number): void {
    if (Atomics.load(this.words, W.dead) === 1) throw new Error('another engine has ended');
    Atomics.wait(this.words, W.sequence, seen, LOOK_MS);
  }

  /** Decides for this ticket, unless somebody has. */
  private decide(word: number, yes: boolean): void {
    for (;;) {
      const now = Atomics.load(this.words, word);
      if (ageOf(now, this.ticket) >= 0) break;
      if (Atomics.compareExchange(this.words, word, now, code(this.ticket, yes)) === now) break;
    }
    this.tell();
  }

  private age(word: number): number {
    return ageOf(Atomics.load(this.words, word), this.ticket);
  }

  private isYes(word: number): boolean {
    return Atomics.load(this.words, word) === code(this.ticket, true);
  }

  private put(what: number, value: number): void {
    Atomics.store(this.words, FIRST + E.count * this.number + what, value);
  }

  private get(of: number, what: number): number {
    return Atomics.load(this.words, FIRST + E.count * of + what);
  }

  /** The first engine that has not put this value; -1 when all have. */
  private missing(what: number, value: number): number {
    for (let of = 0; of < this.count; of++) if (this.get(of, what) !== value) return of;
    return -1;
  }

  private tell(): void {
    Atomics.add(this.words, W.sequence, 1);
    Atomics.notify(this.words, W.sequence);
  }

  private lateness(): QuipuError {
    const late = this.missing(E.arrived, this.ticket);
    const who = late < 0 ? 'they did not stand still' : `engine ${late} did not stand still`;
    return new QuipuError(
      'limit',
      `all engines must stand still for this, and within ${MEET_LIMIT / 1e6} s ${who}: a block keeps it busy; nothing was changed, try again`,
    );
  }

  private overruled(): Overruled {
    const who = this.missing(E.verdict, code(this.ticket, true));
    return new Overruled(
      `engine ${Math.max(0, who)} could not make the change, or not within ${CHANGE_LIMIT / 1e6} s; nothing was changed`,
    );
  }
}

/** Ticket and decision as one word. */
function code(ticket: number, yes: boolean): number {
  return (ticket << 1) | (yes ? 1 : 0);
}

/** How many tickets a word is ahead of this one: 0 when it is decided, negative when it is not yet. */
function ageOf(word: number, ticket: number): number {
  return (((word >>> 1) - ticket) << 2) >> 2;
}
