import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { catalogue } from '../blocks/catalogue.js';
import { ControlService } from '../control/service.js';
import { Engine } from '../engine/engine.js';
import type { LinkJoint } from '../engine/link-joint.js';
import type { Channel } from '../links/shared/shared.js';
import { systemClock } from '../linux/clock.js';
import { EventFd } from '../linux/event-fd.js';
import { Poller } from '../linux/poll.js';
import { CallHandler } from './call-handler.js';
import { linkOpener } from './link-kinds.js';
import type { Call, MadeDevice, Notice, Reply, WorkerSetup } from './messages.js';

/** After the last frame, look for more for this long before sleeping, in microseconds: a wake-up costs about that. */
const SPIN = 50;
/** Up to this many links are asked one by one while frames keep coming. */
const FEW = 4;
/** Between two looks at the links' state and losses, in microseconds. */
const INSPECT = 100_000;
/** How soon a full link is tried again, in milliseconds. */
const RETRY_MS = 1;

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
  private readonly byFd = new Map<number, LinkJoint>();
  private readonly channels = new Map<number, Channel>();
  private readonly engine: Engine;
  private readonly service: ControlService;
  private readonly calls: CallHandler;
  private devicesTold = '';

  constructor(port: MessagePort, setup: WorkerSetup) {
    this.port = port;
    this.doorbell = new Int32Array(setup.doorbell);
    const log = (line: string) => this.tell({ type: 'log', line });
    this.engine = new Engine({
      types: catalogue,
      clock: systemClock,
      random: () => Math.floor(Math.random() * 0x1_0000_0000),
      openLink: linkOpener(this.channels),
      pool: setup.pool,
      log,
    });
    this.service = new ControlService(this.engine, log);
    this.calls = new CallHandler(this.engine, this.service, this.channels, (message) => this.tell(message));
    this.poller.add(this.event.fd);
  }

  private tell(message: Notice | Reply): void {
    this.port.postMessage(message);
  }

  run(): void {
    const { engine, service } = this;
    this.tell({ type: 'ready', eventFd: this.event.fd });
    let busyUntil = 0;
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
      if (came > 0 || called) busyUntil = now + SPIN;
      if (now < busyUntil && this.byFd.size <= FEW) this.tryAll();
      else this.wait(now < busyUntil ? 0 : this.idleMs(now, inspectAt));
    }
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
    let timeout = ms;
    if (timeout > 0) {
      // From here on, who brings work rings; what was brought before is seen by one more look.
      Atomics.store(this.doorbell, 0, 1);
      if (this.engine.turn() > 0 || this.takeCalls()) timeout = 0;
    }
    const ready = this.poller.wait(timeout);
    Atomics.store(this.doorbell, 0, 0);
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
  }
}
