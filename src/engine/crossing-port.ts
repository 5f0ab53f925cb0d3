import type { LinkPort } from '../contract/block.js';
import type { Frame } from '../contract/frame.js';
import type { Link } from '../contract/link.js';
import { HELD } from '../contract/outcome.js';
import { type CrossingWriter, ENTER } from './crossing-ring.js';
import type { Dispatch } from './dispatch.js';
import type { Exchange } from './exchange.js';
import type { PoolFrame } from './frame.js';
import type { Instance } from './instance.js';

/** The reason for which a frame is dropped that finds no room on its way to another engine. */
export const CHANNEL_FULL = 'channel-full';

/** A block's way to another engine. */
export class CrossingPort implements LinkPort {
  readonly link: Link;
  private readonly exchange: Exchange;
  private readonly dispatch: Dispatch;
  private readonly instance: Instance;
  private readonly writer: CrossingWriter;
  /** Into the block of the same IDP there, instead of out of its port. */
  private readonly enter: boolean;

  constructor(
    link: Link,
    exchange: Exchange,
    dispatch: Dispatch,
    instance: Instance,
    writer: CrossingWriter,
    enter: boolean,
  ) {
    this.link = link;
    this.exchange = exchange;
    this.dispatch = dispatch;
    this.instance = instance;
    this.writer = writer;
    this.enter = enter;
  }

  transmit(frame: Frame): number {
    const own = frame as PoolFrame;
    const port = this.enter ? ENTER : own.direction;
    // Who enters the block there has not entered it here.
    const hops = this.enter ? own.hops - 1 : own.hops;
    if (this.writer.push(own, this.instance.idp, port, hops)) {
      this.exchange.crossed();
      this.dispatch.pool.release(own);
    } else {
      this.dispatch.dropNamed(this.instance, own, CHANNEL_FULL);
    }
    return HELD;
  }
}

/** A block's way to the next turn of its own engine. */
export class DeferringPort implements LinkPort {
  readonly link: Link;
  readonly instance: Instance;
  waiting = 0;
  private readonly exchange: Exchange;
  private readonly dispatch: Dispatch;
  private readonly limit: number;

  constructor(link: Link, exchange: Exchange, dispatch: Dispatch, instance: Instance, limit: number) {
    this.link = link;
    this.exchange = exchange;
    this.dispatch = dispatch;
    this.instance = instance;
    this.limit = limit;
  }

  transmit(frame: Frame): number {
    if (this.waiting < this.limit) {
      (frame as PoolFrame).nextIdp = this.instance.idp;
      this.exchange.defer(this, frame as PoolFrame);
    } else {
      this.dispatch.dropNamed(this.instance, frame as PoolFrame, CHANNEL_FULL);
    }
    return HELD;
  }
}
