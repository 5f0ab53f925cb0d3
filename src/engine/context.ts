import type { BlockContext, LinkJoin, LinkPort } from '../contract/block.js';
import type { Clock, Random } from '../contract/clock.js';
import type { FramePool } from '../contract/frame.js';
import type { LinkOpener, LinkSpec } from '../contract/link.js';
import type { Accounts } from './accounts.js';
import type { Dispatch } from './dispatch.js';
import { ENGINE_LINK, type Exchange } from './exchange.js';
import type { Instance } from './instance.js';
import { LinkJoint } from './link-joint.js';
import { openNothing } from './no-link.js';
import type { Notifier } from './notifier.js';

/** What every block of one engine is born with. */
export interface Surroundings {
  readonly dispatch: Dispatch;
  readonly accounts: Accounts;
  readonly notifier: Notifier;
  readonly exchange: Exchange;
  readonly clock: Clock;
  readonly random: Random;
  readonly openLink: LinkOpener;
  /** True while a transaction is only rehearsed: links are not opened, a dead one stands for each. */
  rehearsing: boolean;
  readonly log: (at: Instance, text: string) => void;
}

/** A block's view of the engine. */
export class InstanceContext implements BlockContext {
  readonly ports: Int32Array;
  readonly clock: Clock;
  readonly random: Random;
  readonly pool: FramePool;
  private readonly instance: Instance;
  private readonly around: Surroundings;

  constructor(instance: Instance, around: Surroundings) {
    this.instance = instance;
    this.around = around;
    this.ports = instance.ports;
    this.clock = around.clock;
    this.random = around.random;
    this.pool = around.dispatch.pool;
  }

  get name(): string {
    return this.instance.name;
  }

  get idp(): number {
    return this.instance.idp;
  }

  openLink(spec: LinkSpec, options: LinkJoin): LinkPort {
    const { openLink, dispatch, accounts, exchange, log } = this.around;
    if (spec.kind === ENGINE_LINK) return exchange.open(this.instance, spec, options.queueLimit);
    const open = this.around.rehearsing ? openNothing : openLink;
    const owner = { idp: this.instance.idp, nth: this.instance.joints.length };
    const link = open(spec, { pool: dispatch.pool, clock: this.clock, random: this.random, owner });
    const joint = new LinkJoint(link, this.instance, options, dispatch, accounts, (text) =>
      log(this.instance, text),
    );
    this.instance.joints.push(joint);
    return joint;
  }

  wakeAt(time: number): void {
    if (!this.around.rehearsing) this.around.dispatch.timers.set(this.instance, time);
  }

  emit(type: string, payload: unknown = null): void {
    this.around.notifier.emit(this.instance, type, payload);
  }

  log(text: string): void {
    this.around.log(this.instance, text);
  }
}
