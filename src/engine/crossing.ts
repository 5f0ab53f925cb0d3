import type { Block, BlockClass, BlockContext, LinkPort } from '../contract/block.js';
import { INGRESS } from '../contract/direction.js';
import { QuipuError } from '../contract/error.js';
import type { Frame } from '../contract/frame.js';
import { CHANNEL_FULL } from './crossing-port.js';
import { ENGINE_LINK } from './exchange.js';

/** The engine in which blocks live that are one for the whole node. */
export const HOME = 0;

const fullText = 'it found no room on its way to another engine, which was behind';

/**
 * Thrown by whoever opens links for an engine that is not the home: this link cannot be in several engines. The engine
 * then puts a crossing where the block would be.
 */
export class BelongsHome extends QuipuError {
  constructor(what: string) {
    super('no-support', `${what}: with several engines it can only be opened by a block as it is made`);
  }
}

const made = new WeakMap<BlockClass, BlockClass>();

/**
 * The class of what stands for a block of another engine: to the graph it is the block itself, with the same type,
 * ports, options and counters. Frames that enter it cross over to the block's own engine and enter the block there.
 */
export function crossingOf(type: BlockClass): BlockClass {
  const known = made.get(type);
  if (known) return known;
  const { kind, summary, mode, ports, config, counters } = type;
  const canChange = (type as unknown as { readonly prototype: Block }).prototype.configure !== undefined;
  class Crossing implements Block {
    static readonly kind = kind;
    static readonly summary = summary;
    static readonly mode = mode;
    static readonly ports = ports;
    static readonly config = config;
    static readonly counters = counters;
    static readonly drops = { ...type.drops, [CHANNEL_FULL]: fullText };
    static readonly portable = false;
    /** Its configuration is the block's, which refuses what cannot be. */
    configure?: () => void;
    readonly way: LinkPort;
    crossed = 0;

    constructor(context: BlockContext) {
      // A block that takes this one's place takes over what other engines have counted: fields of the same names.
      const fields = this as unknown as Record<string, number>;
      for (const name of Object.keys(counters)) fields[name] = 0;
      if (canChange) this.configure = () => {};
      const link = { kind: ENGINE_LINK, engine: HOME, enter: true };
      this.way = context.openLink(link, { direction: INGRESS });
    }

    receive(frame: Frame): number {
      this.crossed++;
      return this.way.transmit(frame);
    }

    details(): Record<string, unknown> {
      return { crossed: this.crossed, home: HOME };
    }
  }
  made.set(type, Crossing as unknown as BlockClass);
  crossings.add(Crossing as unknown as BlockClass);
  return Crossing as unknown as BlockClass;
}

const crossings = new WeakSet<BlockClass>();

/** True for the class of a crossing. */
export function isCrossing(type: BlockClass): boolean {
  return crossings.has(type);
}
