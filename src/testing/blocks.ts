import { z } from 'zod';
import type { Block, BlockContext, BlockEvent, EnginePort } from '../contract/block.js';
import type { Frame } from '../contract/frame.js';
import { CONSUMED, drop, HELD } from '../contract/outcome.js';

const NOTHING = z.strictObject({});

/** Sends every frame back the way it came. */
export class Flip implements Block {
  static readonly kind: string = 'flip';
  static readonly summary = 'turns frames round';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = NOTHING;
  static readonly counters = { packets: 'frames turned round' };
  static readonly drops = {};

  packets = 0;

  receive(frame: Frame): number {
    this.packets++;
    frame.direction = frame.direction === 0 ? 1 : 0;
    return frame.direction;
  }
}

/** Answers what it is told to, or throws. */
export class Wild implements Block {
  static readonly kind = 'wild';
  static readonly summary = 'answers anything';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 2, egress: 1 };
  static readonly config = z.strictObject({ answer: z.union([z.number(), z.literal('throw')]).default(0) });
  static readonly counters = {};
  static readonly drops = { first: 'the first reason', second: 'the second reason' };

  answer: number | 'throw';

  constructor(_context: BlockContext, options: { answer: number | 'throw' }) {
    this.answer = options.answer;
  }

  configure(options: { answer: number | 'throw' }): void {
    this.answer = options.answer;
  }

  receive(): number {
    if (this.answer === 'throw') throw new Error('wild');
    return this.answer;
  }
}

/** Keeps up to two frames back; what it still has at its end it drops as `kept`. */
export class Holder implements Block {
  static readonly kind = 'holder';
  static readonly summary = 'keeps two frames back';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = NOTHING;
  static readonly counters = { packets: 'frames that came' };
  static readonly drops = { other: 'it never happens', kept: 'it was held when the block went' };
  static readonly state = ['queue'];

  packets = 0;
  queue: Frame[] = [];

  receive(frame: Frame, engine: EnginePort): number {
    this.packets++;
    this.queue.push(frame);
    if (this.queue.length > 2) {
      const oldest = this.queue.shift() as Frame;
      engine.emit(oldest, oldest.direction);
    }
    return HELD;
  }

  held(): number {
    return this.queue.length;
  }

  close(engine: EnginePort): void {
    for (const frame of this.queue.splice(0)) engine.discard(frame, 1);
  }
}

/** Answers every frame with a new one of its own, which leaves the way the frame was going. */
export class Spawner implements Block {
  static readonly kind = 'spawner';
  static readonly summary = 'makes a frame of its own for every frame';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = NOTHING;
  static readonly counters = { made: 'frames made' };
  static readonly drops = {};

  made = 0;

  receive(frame: Frame, engine: EnginePort): number {
    const own = engine.create();
    if (own !== null) {
      this.made++;
      own.direction = frame.direction;
      own.fill(Uint8Array.of(1, 2, 3));
      engine.emit(own, frame.direction);
    }
    return CONSUMED;
  }
}

/** Keeps all events; throws at those called `bang`, and answers `ping` with a `pong` of its own. */
export class Listener implements Block {
  static readonly kind = 'listener';
  static readonly summary = 'listens to events';
  static readonly mode = 'sink';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = NOTHING;
  static readonly counters = { closed: 'times that its destructor ran' };
  static readonly drops = { unwanted: 'every frame' };

  closed = 0;
  readonly events: BlockEvent[] = [];
  private readonly context: BlockContext;

  constructor(context: BlockContext) {
    this.context = context;
  }

  receive(): number {
    return drop(0);
  }

  onEvent(event: BlockEvent): void {
    this.events.push(event);
    if (event.type === 'bang') throw new Error('no bangs, please');
    if (event.type === 'ping') this.context.emit('pong', event.payload);
  }

  close(): void {
    this.closed++;
  }

  /** Events as `type from payload`. */
  heard(): string[] {
    return this.events.map((event) => `${event.type} ${event.from} ${JSON.stringify(event.payload)}`);
  }
}

/** Takes over the count of a `flip`, knows no other kind, and cannot be configured to be `bad`. */
export class Heir implements Block {
  static readonly kind = 'heir';
  static readonly summary = 'knows the state of a flip';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = z.strictObject({ mood: z.string().default('good') });
  static readonly counters = { inherited: 'frames that its forerunner has turned round' };
  static readonly drops = {};

  inherited = 0;
  private readonly context: BlockContext;

  constructor(context: BlockContext, options: { mood: string }) {
    this.context = context;
    this.configure(options);
  }

  configure(options: { mood: string }): void {
    this.context.emit('mood', options.mood);
    this.context.log(`mood ${options.mood}`);
    if (options.mood === 'bad') throw new Error('a block that throws what is no QuipuError');
  }

  receive(frame: Frame): number {
    return frame.direction;
  }

  migrate(from: Block, kind: string): boolean {
    if (kind !== 'flip') return false;
    this.inherited = (from as Flip).packets;
    return true;
  }
}

export const testBlocks = [Flip, Wild, Holder, Spawner, Listener, Heir];
