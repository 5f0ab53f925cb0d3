import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CaptureDirection } from '../../wire/capture-record.js';
import {
  emitPacketBlock,
  encodeComment,
  interfaceDescription,
  packetBlockLength,
  sectionHeader,
} from '../../wire/pcapng-emit.js';
import type { Fate } from './conditions.js';

const LINKTYPE_ETHERNET = 1;

/** Sees every frame that is put on a wire. `wire`: its number; `there`: it goes from the first end to the second. */
export type Tap = (wire: number, there: boolean, time: number, bytes: Uint8Array, fate: Fate) => void;

interface Seen {
  readonly wire: number;
  readonly there: boolean;
  readonly time: number;
  readonly bytes: Uint8Array;
  readonly fate: Fate;
}

/** Keeps the last frames that were put on the wires, each with what became of it. */
export class Capture {
  private readonly seen: Seen[] = [];
  private first = 0;
  private readonly most: number;

  constructor(most = 50_000) {
    this.most = most;
  }

  readonly tap: Tap = (wire, there, time, bytes, fate) => {
    const one: Seen = { wire, there, time, bytes: bytes.slice(), fate };
    if (this.seen.length < this.most) this.seen.push(one);
    else {
      this.seen[this.first] = one;
      this.first = (this.first + 1) % this.most;
    }
  };

  /** Writes them as pcapng, an interface for each wire, into a folder of its own; answers where. */
  write(title: string, wires: readonly string[]): string {
    const parts = [sectionHeader('quipu simulated network')];
    for (const name of wires) parts.push(interfaceDescription(LINKTYPE_ETHERNET, name));
    for (const one of [...this.seen.slice(this.first), ...this.seen.slice(0, this.first)])
      parts.push(block(one));
    const file = join(mkdtempSync(join(tmpdir(), 'quipu-network-')), `${title}.pcapng`);
    writeFileSync(file, Buffer.concat(parts));
    return file;
  }
}

function block({ wire, there, time, bytes, fate }: Seen): Uint8Array {
  const meta = {
    ...{ interfaceId: wire, timestamp: time, originalLength: bytes.length, dropCount: 0 },
    direction: there ? CaptureDirection.outbound : CaptureDirection.inbound,
    comment: fate === 'sent' ? null : encodeComment(fate),
  };
  const target = new Uint8Array(packetBlockLength(bytes.length, meta));
  emitPacketBlock(target, 0, meta, bytes, 0, bytes.length);
  return target;
}

/** A number that stands for all frames that were put on the wires, their times and their fates: FNV-1a. */
export class TraceHash {
  value = 0x811c9dc5;

  readonly tap: Tap = (wire, there, time, bytes, fate) => {
    this.add(wire * 2 + (there ? 1 : 0));
    this.add(time);
    this.add(bytes.length);
    for (let i = 0; i < fate.length; i++) this.add(fate.charCodeAt(i));
    for (let i = 0; i < bytes.length; i++) this.add(bytes[i]);
  };

  private add(word: number): void {
    this.value = Math.imul(this.value ^ word, 0x01000193) >>> 0;
  }
}
