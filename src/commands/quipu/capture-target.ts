import { QuipuError } from '../../contract/error.js';
import type { CaptureRecord } from '../../wire/capture-record.js';
import { PcapngReader } from '../../wire/pcapng.js';
import { summarize } from '../../wire/summary.js';
import { newFile } from '../shared/new-file.js';
import { writeOut } from '../shared/stream.js';

/** Where captured frames go, one whole pcapng block at a time. */
export interface CaptureTarget {
  /** For messages; empty for the screen. */
  readonly name: string;
  /** Throws QuipuError when it cannot take more. */
  write(block: Uint8Array): Promise<void>;
  close(): void;
}

/** A file, made anew. */
export function openFile(path: string): CaptureTarget {
  return { name: path, ...newFile(path) };
}

export function toStdout(): CaptureTarget {
  return { name: 'stdout', write: (block) => writeOut(block), close: () => {} };
}

/** One line on stdout for each frame. */
export function printFrames(json: boolean): CaptureTarget {
  const reader = new PcapngReader();
  return {
    name: '',
    async write(block) {
      reader.push(block);
      for (let record = reader.next(); record !== null; record = reader.next()) {
        await writeOut(`${json ? recordJson(record) : recordText(record)}\n`);
      }
    },
    close: () => {},
  };
}

/** `12:00:00.000001 in  ARP who-has 10.0.0.1 tell 10.0.0.2, 42 bytes; dropped by fb3: filtered`. */
export function recordText({ timestamp, direction, bytes, originalLength, comment }: CaptureRecord): string {
  const way = ['   ', 'in ', 'out'][direction] ?? '   ';
  const note = comment === '' ? '' : `; ${comment}`;
  return `${timeOfDay(timestamp)} ${way} ${summarize(bytes, 0, bytes.length)}, ${originalLength} bytes${note}`;
}

function recordJson({ timestamp, direction, bytes, originalLength, comment }: CaptureRecord): string {
  const hex = Buffer.from(bytes).toString('hex');
  const way = ['', 'in', 'out'][direction] ?? '';
  return JSON.stringify({ timestamp, direction: way, length: originalLength, comment, bytes: hex });
}

/** UTC, with microseconds. */
function timeOfDay(micros: number): string {
  const fraction = String(micros % 1e6).padStart(6, '0');
  return `${new Date(micros / 1000).toISOString().slice(11, 19)}.${fraction}`;
}

/** Binary data ruins a terminal. */
export function refuseTerminal(remedy: string): void {
  if (process.stdout.isTTY) throw new QuipuError('bad-request', `stdout is a terminal: use ${remedy}`);
}
