import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CaptureReader } from '../../wire/capture-file.js';
import type { Field } from '../../wire/print/layer.js';
import { layersOf } from '../../wire/print/layers.js';
import type { Dice } from '../random-transfer.js';
import { oddFrames } from './odd-frames.js';

/** Longer frames are cut to this: that of an Ethernet. */
export const LONGEST = 1514;

/** A frame to begin with, and where its fields are. */
export interface Sample {
  readonly bytes: Uint8Array;
  readonly fields: readonly Field[];
  /** Where its headers begin. */
  readonly headers: readonly number[];
}

/** Frames to begin with, those with the same headers and messages together, so that rare ones come as often as frequent ones. */
export class Corpus {
  readonly size: number;
  readonly kinds: ReadonlyMap<string, readonly Sample[]>;
  private readonly lists: readonly (readonly Sample[])[];

  constructor(frames: readonly Uint8Array[]) {
    const kinds = new Map<string, Sample[]>();
    for (const frame of frames) {
      const bytes = frame.slice(0, LONGEST);
      const layers = layersOf(bytes, 0, bytes.length);
      const fields = layers.flatMap((layer) => layer.fields);
      const types = fields
        .filter(({ name }) => name === 'type' || name === 'operation')
        .map(({ value }) => value);
      const kind = `${layers.map((layer) => layer.protocol).join(' ')} ${types.join(' ')}`;
      const sample = { bytes, fields, headers: layers.map((layer) => layer.offset) };
      const list = kinds.get(kind);
      if (list === undefined) kinds.set(kind, [sample]);
      else list.push(sample);
    }
    this.kinds = kinds;
    this.lists = [...kinds.values()];
    this.size = frames.length;
  }

  choose(dice: Dice): Sample {
    const list = this.lists[dice.upTo(this.lists.length - 1)];
    return list[dice.upTo(list.length - 1)];
  }
}

/** The captures of test/fixtures, and frames that none of them has. */
export function readCorpus(): Corpus {
  return new Corpus([...captured(join(import.meta.dirname, '../../../test/fixtures')), ...oddFrames()]);
}

/** Packets of all captures of a folder, Ethernet ones alone, in the order of the files' names. */
function captured(folder: string): Uint8Array[] {
  const packets: Uint8Array[] = [];
  const files = readdirSync(folder).filter((name) => name.endsWith('.pcap'));
  for (const name of files.sort()) {
    const reader = new CaptureReader();
    reader.push(readFileSync(join(folder, name)));
    for (let record = reader.next(); record !== null; record = reader.next()) {
      if (record.linkType === 1) packets.push(record.bytes);
    }
  }
  return packets;
}
