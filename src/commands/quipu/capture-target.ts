import { QuipuError } from '../../contract/error.js';
import { type CaptureRecord, LINKTYPE_ETHERNET } from '../../wire/capture-record.js';
import { isIpv4, isIpv4ChecksumRight } from '../../wire/ipv4.js';
import { IPV6_HEADER, ipv6PayloadLength } from '../../wire/ipv6.js';
import { PcapngReader } from '../../wire/pcapng.js';
import { hexLines } from '../../wire/print/hex.js';
import { layersOf } from '../../wire/print/layers.js';
import { lineOf } from '../../wire/print/line.js';
import { linesOf } from '../../wire/print/lines.js';
import { newFile } from '../shared/new-file.js';
import { printable } from '../shared/printable.js';
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

/** What is told of a frame beside its line. */
export interface PrintDetail {
  /** Every header, field by field. */
  readonly layers?: boolean;
  /** The bytes in hex. */
  readonly hex?: boolean;
}

/** Text on stdout for each frame: a line, and as much more as is asked for. */
export function printFrames(json: boolean, detail: PrintDetail = {}): CaptureTarget {
  const reader = new PcapngReader();
  return {
    name: '',
    async write(block) {
      reader.push(block);
      for (let record = reader.next(); record !== null; record = reader.next()) {
        await writeOut(json ? `${recordJson(record)}\n` : recordText(record, detail));
      }
    },
    close: () => {},
  };
}

/** `12:00:00.000001 in  ARP who-has 10.0.0.1 tell 10.0.0.2, 42 bytes; dropped by fb3: filtered`, and what else is wanted. */
export function recordText(
  { timestamp, direction, bytes, originalLength, comment, linkType }: CaptureRecord,
  { layers = false, hex = false }: PrintDetail = {},
): string {
  const way = ['   ', 'in ', 'out'][direction] ?? '   ';
  const note = comment === '' ? '' : `; ${printable(comment)}`;
  const first = linkType === LINKTYPE_ETHERNET && !isBarePacket(bytes, originalLength) ? 'ethernet' : 'ip';
  const said = layersOf(bytes, 0, bytes.length, { wireLength: originalLength, first });
  const line = `${timeOfDay(timestamp)} ${way} ${lineOf(said)}, ${originalLength} bytes${note}\n`;
  return line + (layers ? linesOf(said) : '') + (hex ? hexLines(bytes) : '');
}

/**
 * Whether the bytes are a packet of IP without a link header, as above a host's interfaces and on links of kind `tun`: a
 * capture does not tell. A frame's addresses would have to look like the length, and like a checksum that is right.
 */
function isBarePacket(bytes: Uint8Array, length: number): boolean {
  const isWhole = bytes.length === length;
  if (isIpv4(bytes, 0, length)) return isWhole && isIpv4ChecksumRight(bytes, 0);
  if (!isWhole || length < IPV6_HEADER || bytes[0] >>> 4 !== 6) return false;
  return ipv6PayloadLength(bytes, 0) === length - IPV6_HEADER && !isEtherType(bytes[12], bytes[13]);
}

/** Of IPv4, ARP, IPv6 or a VLAN tag; in a packet they are in the middle of its source address. */
function isEtherType(high: number, low: number): boolean {
  return [0x0800, 0x0806, 0x86dd, 0x8100].includes((high << 8) | low);
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
