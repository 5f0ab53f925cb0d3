import { QuipuError } from '../contract/error.js';
import type { Authorship } from '../control/generator-words.js';
import { full, taken, unknown } from './generators-errors.js';

/** What is known of a packet's text once it is compiled. */
export interface Compiled {
  /** Bytes of each packet. */
  readonly lengths: readonly number[];
  readonly warnings: readonly string[];
}

/** Packets that users have described under a name. */
export interface Packet extends Compiled {
  readonly name: string;
  readonly text: string;
  readonly made: Authorship;
}

const MAX_PACKETS = 1000;
/** Characters of all packets' texts together. */
const MAX_TEXT = 64 << 20;

/** Packets by their names. */
export class PacketBook {
  private readonly packets = new Map<string, Packet>();
  private readonly compile: (text: string, name: string) => Compiled;

  constructor(compile: (text: string, name: string) => Compiled) {
    this.compile = compile;
  }

  all(): readonly Packet[] {
    return [...this.packets.values()];
  }

  /** Throws QuipuError when there is none of that name. */
  find(name: string): Packet {
    return this.packets.get(name) ?? unknown('packet', name);
  }

  /** Whether there is a packet of this name with this very text. */
  has(name: string, text: string): boolean {
    return this.packets.get(name)?.text === text;
  }

  /** Keeps a packet; answers whether it is new. Throws QuipuError, and changes nothing then. */
  set(name: string, text: string, replace: boolean, made: Authorship): boolean {
    const old = this.packets.get(name);
    if (old && !replace) throw taken('packet', name, old.made);
    if (!old && this.packets.size >= MAX_PACKETS) throw full('packet', MAX_PACKETS);
    let size = text.length;
    for (const packet of this.packets.values()) size += packet === old ? 0 : packet.text.length;
    if (size > MAX_TEXT) {
      throw new QuipuError('limit', `packets' texts have more than ${MAX_TEXT} characters in all`);
    }
    this.packets.set(name, { name, text, made, ...this.compile(text, name) });
    return old === undefined;
  }

  remove(name: string): void {
    this.packets.delete(name);
  }
}
