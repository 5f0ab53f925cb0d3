// Any number of hosts with TCP, on wires that have a rate, a delay, a queue and faults, in virtual time from a seed: for transfers, loads
// and fairness. Others, smaller: ../host-pair.ts, ../host-lan.ts; with real sockets ../memory-hosts.ts.
import { Deadlines } from '../../stack/deadlines.js';
import type { InterfaceOptions } from '../../stack/graph.js';
import { seededRandom } from '../random.js';
import { VirtualClock } from '../virtual-clock.js';
import type { Tap } from './capture.js';
import type { WireConditions } from './conditions.js';
import { Station, StationKinds, type StationOptions } from './station.js';
import type { StationLink } from './station-link.js';
import { Switch } from './switch.js';
import { Timeline } from './timeline.js';
import { Lane, type LaneSurroundings, type Plug, Wire } from './wire.js';

/** Rounds at one moment at most: more, and time stands still, as somebody wants to be woken again and again. */
const MOST_ROUNDS = 100_000;

/** When a network's time begins: in 2001, so that no time is near zero. */
const BEGIN = 1_000_000_000_000_000;

export interface LinkOptions extends WireConditions {
  /** Of the interfaces at its ends. */
  readonly interfaceMtu?: number;
  readonly ipv6?: InterfaceOptions['ipv6'];
  /** Default: not, so that there is nothing on the wires but what a test is about. */
  readonly reportGroups?: boolean;
}

/** Hosts, switches and wires between them in virtual time. The same seed and the same calls give the same frames. */
export class Network {
  readonly clock = new VirtualClock(BEGIN);
  readonly random: () => number;
  readonly stations: Station[] = [];
  readonly wires: Wire[] = [];
  readonly taps: Tap[] = [];
  /** Things that have happened: arrivals, timers, what tests asked for. */
  steps = 0;
  private readonly kinds = new StationKinds();
  private readonly timeline = new Timeline();
  private readonly sleepers = new Deadlines<Station>();
  private readonly ready: Station[] = [];
  private readonly around: LaneSurroundings;
  private macs = 0;

  constructor(seed: number) {
    this.random = seededRandom(Math.imul(seed, 0x9e3779b1) ^ 0x7f4a7c15);
    for (let i = 0; i < 4; i++) this.random();
    this.around = {
      now: () => this.clock.now(),
      random: this.random,
      at: (time, happens) => this.timeline.add(time, happens),
      saw: (lane, bytes, fate) => {
        for (const tap of this.taps) tap(lane.number >> 1, (lane.number & 1) === 0, this.now, bytes, fate);
      },
    };
  }

  get now(): number {
    return this.clock.now();
  }

  station(name: string, options: StationOptions = {}): Station {
    const station = new Station(
      name,
      this.clock,
      this.random(),
      this.kinds,
      (one) => this.wake(one),
      options,
    );
    this.stations.push(station);
    this.wake(station);
    return station;
  }

  switch(name: string): Switch {
    return new Switch(name);
  }

  /** Joins two by a wire. A station gets an interface for it, the next of its own. */
  join(a: Station | Switch | Plug, b: Station | Switch | Plug, options: LinkOptions = {}): Wire {
    const { interfaceMtu = 1500, ipv6 = 'off', reportGroups = false, ...conditions } = options;
    const made = { mtu: interfaceMtu, ipv6, reportGroups };
    const number = this.wires.length * 2;
    const wire = new Wire(
      `${nameOf(a)}-${nameOf(b)}`,
      new Lane(number, this.around),
      new Lane(number + 1, this.around),
    );
    wire.back.to = this.plug(a, wire.there, made);
    wire.there.to = this.plug(b, wire.back, made);
    wire.set(conditions);
    this.wires.push(wire);
    return wire;
  }

  /** Does something after so many microseconds. */
  after(micros: number, happens: () => void): void {
    this.timeline.add(this.now + micros, happens);
  }

  /** Lets time pass, everything at its time. */
  run(micros: number): void {
    this.until(() => false, micros);
  }

  /** Runs until the condition holds; false when it does not within the time. */
  until(done: () => boolean, micros = 600_000_000): boolean {
    const end = this.now + micros;
    let rounds = 0;
    for (;;) {
      this.settle();
      if (done()) return true;
      const next = Math.min(this.timeline.next, this.sleepers.next);
      if (next > end) break;
      if (next > this.now) {
        this.clock.advance(next - this.now);
        rounds = 0;
      } else if (++rounds > MOST_ROUNDS) throw new Error(`time stands still: ${this.restless()}`);
      this.step();
    }
    this.clock.advance(end - this.now);
    return done();
  }

  /** What a network that has nothing to do any more should not have, as sentences. */
  left(): string[] {
    const flying = this.wires.flatMap((wire) => wire.lanes).reduce((sum, lane) => sum + lane.flying, 0);
    const left = flying > 0 ? [`${flying} frames on the wires`] : [];
    return [...left, ...this.stations.flatMap((station) => station.left())];
  }

  /** Who wants to be woken now. */
  private restless(): string {
    const due = this.stations.filter((station) => station.deadline <= this.now);
    return due.map((station) => station.name).join(', ');
  }

  /** Everything that is due now. */
  private step(): void {
    const { now } = this;
    while (this.timeline.doNext(now)) this.steps++;
    for (let due = this.sleepers.take(now); due !== null; due = this.sleepers.take(now)) {
      this.steps++;
      this.wake(due);
    }
  }

  private settle(): void {
    const { ready } = this;
    // The list grows while it is worked off.
    for (const station of ready) {
      station.isReady = false;
      station.settle();
      const due = station.engine.dueAt();
      this.sleepers.set(station, due === Number.POSITIVE_INFINITY ? due : Math.max(due, this.now));
    }
    ready.length = 0;
  }

  private wake(station: Station): void {
    if (station.isReady) return;
    station.isReady = true;
    this.ready.push(station);
  }

  private plug(end: Station | Switch | Plug, out: Lane, options: InterfaceOptions): Plug {
    if (end instanceof Switch) return end.plug(out);
    if (!(end instanceof Station)) return end;
    const link: StationLink = end.addLink({ ...options, mac: this.nextMac() });
    link.lane = out;
    return link;
  }

  private nextMac(): string {
    this.macs++;
    const hex = this.macs.toString(16).padStart(8, '0');
    return `02:00:${hex.replace(/..(?!$)/g, '$&:')}`;
  }
}

function nameOf(end: Station | Switch | Plug): string {
  return end instanceof Station || end instanceof Switch ? end.name : 'outside';
}
