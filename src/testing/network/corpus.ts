import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CaptureReader } from '../../wire/capture-file.js';

/** Packets of all captures of a folder, Ethernet ones alone, in the order of the files' names. */
export function readCorpus(folder: string): Uint8Array[] {
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
