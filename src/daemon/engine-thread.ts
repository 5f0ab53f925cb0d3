import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { catalogue } from '../blocks/catalogue.js';
import { ControlService } from '../control/service.js';
import { HOME } from '../engine/crossing.js';
import { Engine } from '../engine/engine.js';
import { BATCH, type LinkJoint } from '../engine/link-joint.js';
import { poolBytes } from '../engine/pool.js';
import type { Channel } from '../links/shared/shared.js';
import { systemClock } from '../linux/clock.js';
import { DOORBELL } from '../linux/doorbell.js';
import { EventFd } from '../linux/event-fd.js';
import { emptyMemory, reserveMemory } from '../linux/mapped-memory.js';
import { Poller } from '../linux/poll.js';
import { sharpenTimers } from '../linux/timer-slack.js';
import { CallHandler } from './call-handler.js';
import { linkOpener } from './link-kinds.js';
import type { Call, MadeDevice, Notice, Reply, WorkerSetup } from './messages.js';
import { Pace } from './pace.js';
import type { Place } from './place.js';

/** Up to this many links are asked one by one while frames keep coming. */
const FEW = 4;
/** Between two looks at the links' state and losses, in microseconds. */
const INSPECT = 100_000;
/** How soon a full link is tried again, in milliseconds. */
const RETRY_MS = 1;
/** Address space behind the frame pool, for the rings of links, in bytes. Pages that no ring uses do not exist. */
const RING_ROOM = 1 << 30;

/**
 * The loop of one engine: a batch from every link that has frames, then the control messages that wait, then
 * poll(2) on the links' descriptors and an event descriptor. It never returns to Node's event loop, so
 * messages are taken by hand, one by one, between batches.
 */
export class EngineThread {
  private readonly port: MessagePort;
  private readonly doorbell: Int32Array;
  private readonly event = new EventFd();
  private readonly poller = new Poller();
  /** Watches the event descriptor alone. */
  private readonly bell = new Poller();
  private readonly pace = new Pace();
  /** The frame pool's, with room for rings behind it. */
  private readonly memory: ArrayBuffer | null;
  private readonly byFd = new Map<number, LinkJoint>();
  private readonly channels = new Map<number, Channel>();
  private readonly engine: Engine;
  private readonly service: ControlService;
  private readonly calls: CallHandler;
  private readonly isFirst: boolean;
  private devicesTold = '';

  /** `place` is null in a node of one engine. */
  constructor(port: MessagePort, setup: WorkerSetup, place: Place | null) {
    this.port = port;
    this.doorbell = new Int32Array(setup.doorbell);
    Atomics.store(this.doorbell, DOORBELL.eventFd, this.event.fd);
    this.isFirst = place === null || place.number === HOME;
    // What all engines say when they do the same is said by the first.
    const log = (line: string) => this.isFirst && this.tell({ type: 'log', line });
    const fault = (line: string) =>
      this.tell({ type: 'log', line: this.isFirst ? line : `${line} (engine ${place?.number})` });
    this.memory = reserveMemory(poolBytes(setup.pool) + RING_ROOM);
    this.engine = new Engine({
      types: catalogue,
      clock: systemClock,
      random: () => Math.floor(Math.random() * 0x1_0000_0000),
      openLink: linkOpener(this.channels, place),
      ...(place === null ? {} : { seat: place.seat, fault }),
      // Without it, where the system does not give so much, links copy.
      pool: this.memory === null ? setup.pool : { ...setup.pool, memory: this.memory },
      log,
    });
    const tell = (message: Notice | Reply) => this.tell(message);
    const assembly = place?.assembly ?? null;
    assembly?.join(this.engine, (change) => tell({ type: 'overdue', change }));
    this.service = new ControlService(this.engine, log, assembly ?? undefined);
    this.calls = new CallHandler(this.engine, this.service, this.channels, tell, assembly);
    this.poller.add(this.event.fd);
    this.bell.add(this.event.fd);
    sharpenTimers();
  }

  private tell(message: Notice | Reply): void {
    this.port.postMessage(message);
  }

  run(): void {
    const { engine, service } = this;
    this.tell({ type: 'ready' });
    let inspectAt = 0;
    for (;;) {
      const came = engine.turn();
      const called = this.takeCalls();
      if (this.calls.closed) {
        this.end();
        return;
      }
      const now = systemClock.now();
      if (now >= inspectAt) {
        inspectAt = now + INSPECT;
        engine.inspectLinks();
        this.calls.inspect();
        this.watchLinks();
      }
      if (service.tick()) this.watchLinks();
      this.pace.note(came, now);
      const nap = came < BATCH ? this.pace.nap() : 0;
      if (nap > 0) this.nap(Math.min(nap / 1000, this.idleMs(now, inspectAt)));
      else if (came === 0 && !called && !this.pace.spins(now)) this.wait(this.idleMs(now, inspectAt));
      else this.look();
    }
  }

  /** Lets frames gather: only who rings is heard meanwhile. */
  private nap(ms: number): void {
    if (ms > 0 && this.mayRest()) {
      if (this.bell.wait(ms) > 0) this.event.clear();
      Atomics.store(this.doorbell, DOORBELL.sleeps, 0);
    }
    this.look();
  }

  /** Finds out which links have frames. */
  private look(): void {
    if (this.byFd.size <= FEW) this.tryAll();
    else this.wait(0);
  }

  /** From here on, who brings work rings; what was brought before is seen by one more look. False: there is work. */
  private mayRest(): boolean {
    Atomics.store(this.doorbell, DOORBELL.sleeps, 1);
    if (this.engine.turn() === 0 && !this.takeCalls()) return true;
    Atomics.store(this.doorbell, DOORBELL.sleeps, 0);
    return false;
  }

  /** Lets the next turn ask every link: with few of them that costs less than poll(2), which tells whom to ask. */
  private tryAll(): void {
    for (const joint of this.byFd.values()) joint.ready = true;
  }

  /** How long nothing is to be done, in milliseconds, unless frames or messages come. */
  private idleMs(now: number, inspectAt: number): number {
    if (this.engine.congested) return RETRY_MS;
    const due = Math.min(inspectAt, this.engine.dueAt(), this.service.dueAt());
    return Math.max(0, (due - now) / 1000);
  }

  private wait(ms: number): void {
    const ready = this.poller.wait(ms > 0 && this.mayRest() ? ms : 0);
    Atomics.store(this.doorbell, DOORBELL.sleeps, 0);
    for (let i = 0; i < ready; i++) {
      const fd = this.poller.readyFd(i);
      if (fd === this.event.fd) this.event.clear();
      else this.setReady(fd);
    }
  }

  private setReady(fd: number): void {
    const joint = this.byFd.get(fd);
    if (joint !== undefined) joint.ready = true;
  }

  /** Answers all calls that wait. True when there were some. */
  private takeCalls(): boolean {
    let any = false;
    for (;;) {
      const message = receiveMessageOnPort(this.port) as { message: Call } | undefined;
      if (message === undefined) break;
      any = true;
      this.calls.handle(message.message);
    }
    if (any) this.watchLinks();
    return any;
  }

  /**
   * Brings the polled descriptors in line with the links there are. The descriptor of a device that was deleted is
   * ready for ever, with an error: it would keep the loop from sleeping.
   */
  private watchLinks(): void {
    const now = new Map<number, LinkJoint>();
    for (const joint of this.engine.joints()) {
      if (joint.link.fd >= 0 && joint.state !== 'gone') now.set(joint.link.fd, joint);
    }
    for (const fd of this.byFd.keys()) if (!now.has(fd)) this.poller.remove(fd);
    for (const fd of now.keys()) if (!this.byFd.has(fd)) this.poller.add(fd);
    this.byFd.clear();
    for (const [fd, joint] of now) this.byFd.set(fd, joint);
    this.tellDevices();
  }

  private tellDevices(): void {
    if (!this.isFirst) return;
    const devices: MadeDevice[] = [];
    for (const { link } of this.engine.joints()) {
      if (link.kind === 'tap' || link.kind === 'tun')
        devices.push({ name: link.target, index: link.interfaceIndex });
    }
    const text = JSON.stringify(devices);
    if (text === this.devicesTold) return;
    this.devicesTold = text;
    this.tell({ type: 'devices', devices });
  }

  private end(): void {
    this.poller.remove(this.event.fd);
    this.event.close();
    if (this.memory !== null) emptyMemory(this.memory);
  }
}
