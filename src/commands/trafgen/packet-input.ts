import { closeSync, openSync, readSync } from 'node:fs';
import { QuipuError } from '../../contract/error.js';
import type { TrafficSource } from '../../generator/generator.js';
import { readTraffic } from '../../traffic/read-traffic.js';
import { TrafficError, type TrafficSurroundings } from '../../traffic/traffic.js';
import { CaptureReader, sniffCapture } from '../../wire/capture-file.js';
import { LINKTYPE_ETHERNET, PcapError } from '../../wire/capture-record.js';
import { fileFault } from '../shared/input.js';
import { faultIn, readSource, type Source, textSource } from '../shared/source.js';
import type { SendOptions } from './send-options.js';

/** Packets as they were asked for. */
export interface PacketInput {
  readonly source: TrafficSource;
  /** Where the text comes from; null for a capture. */
  readonly text: Source | null;
  /** What is hardly meant, a sentence each. */
  readonly warnings: readonly string[];
}

/** More than that is not kept in memory. */
const MOST_BYTES = 2 ** 30;
const CHUNK = 1 << 20;
/** First words of pcap files, in either byte order, with micro- and nanoseconds. */
const PCAP_MARKS: readonly number[] = [0xa1b2c3d4, 0xd4c3b2a1, 0xa1b23c4d, 0x4d3cb2a1];

/**
 * Reads the packets: of the argument, of a file or of stdin. A file that begins like a capture is one, whatever its name.
 * `workers` is how many of them there will be. Throws QuipuError.
 */
export async function readPackets(
  argument: string | undefined,
  options: SendOptions,
  surroundings: TrafficSurroundings,
  workers: number,
): Promise<PacketInput> {
  const file = fileOf(argument, options);
  if (file !== undefined && file !== '-') {
    const fd = openInput(file);
    try {
      if (isCapture(fd)) return readCapture(fd, file);
    } finally {
      closeSync(fd);
    }
  }
  const warnings: string[] = [];
  const text =
    file === undefined
      ? textSource('PACKET', argument ?? '')
      : await readSource(file, {
          preprocess: options.cpp === true,
          defines: options.define,
          warn: (said) => warnings.push(said.trimEnd()),
        });
  warnings.push(...checkText(text, surroundings, workers));
  return { source: { kind: 'text', text: text.text, name: text.name }, text, warnings };
}

function fileOf(argument: string | undefined, options: SendOptions): string | undefined {
  const file = options.in ?? options.conf;
  const given = [argument, options.in, options.conf].filter((one) => one !== undefined).length;
  if (given === 1) return file;
  const what = given === 0 ? 'no packets are given' : 'packets are given more than once';
  throw new QuipuError('bad-request', `${what}: name a file (--in FILE, - for stdin), or write '{ … }'`);
}

function openInput(file: string): number {
  try {
    return openSync(file, 'r');
  } catch (error) {
    throw new QuipuError('bad-request', `cannot read ${file}: ${fileFault(error)}`);
  }
}

/** Reads the first bytes only where reading them does not take them away. */
function isCapture(fd: number): boolean {
  const first = Buffer.alloc(4);
  try {
    if (readSync(fd, first, 0, 4, 0) < 4) return false;
  } catch {
    return false; // a pipe, a folder: whoever reads it whole says what is wrong
  }
  return sniffCapture(first) === 'pcapng' || PCAP_MARKS.includes(first.readUInt32BE(0));
}

function readCapture(fd: number, file: string): PacketInput {
  const capture = new CaptureReader();
  const frames: Uint8Array[] = [];
  const times: number[] = [];
  let bytes = 0;
  let cut = 0;
  const chunk = Buffer.alloc(CHUNK);
  try {
    for (let got = readSync(fd, chunk); got > 0; got = readSync(fd, chunk)) {
      capture.push(chunk.subarray(0, got));
      for (let record = capture.next(); record !== null; record = capture.next()) {
        if (record.linkType !== LINKTYPE_ETHERNET) {
          throw new QuipuError(
            'bad-config',
            `${file}: link type ${record.linkType} where Ethernet (1) is needed`,
          );
        }
        if (record.bytes.length < record.originalLength) cut++;
        frames.push(record.bytes);
        times.push(record.timestamp);
        bytes += record.bytes.length;
        if (bytes > MOST_BYTES)
          throw new QuipuError('limit', `${file} has more than 1 GiB of packets: cut it`);
      }
    }
    capture.finish();
  } catch (error) {
    if (!(error instanceof PcapError)) throw error;
    throw new QuipuError('bad-config', `${file}: ${error.message} (after ${frames.length} packets)`);
  }
  if (frames.length === 0) throw new QuipuError('bad-config', `${file}: there is no packet in it`);
  const warnings = cut > 0 ? [`${file}: ${cut} packets were cut by the capture and go out short`] : [];
  return { source: { kind: 'frames', frames, at: distances(times) }, text: null, warnings };
}

/** Times from the first one on, never backwards. */
function distances(times: readonly number[]): number[] {
  let latest = times[0];
  return times.map((time) => {
    latest = Math.max(latest, time);
    return latest - times[0];
  });
}

/** Compiles the text once, so that faults show the line. Answers warnings. */
function checkText(text: Source, surroundings: TrafficSurroundings, workers: number): string[] {
  try {
    const { packets, warnings } = readTraffic(text.text, surroundings);
    const idle = packets.filter(({ cpus }) => cpus !== undefined && cpus.first >= workers);
    return [
      ...warnings.map((sentence) => `${text.name}: ${sentence}`),
      ...idle.map(({ line, cpus }) => {
        const { file, line: there } = text.placeOf(line);
        return `${file}:${there}: not sent: it is for worker ${cpus?.first}, and there are ${workers} (-P)`;
      }),
    ];
  } catch (error) {
    if (error instanceof TrafficError) throw faultIn(text, error);
    throw error;
  }
}

/** Puts the lines of messages about `NAME:LINE` of a preprocessed text back to where they were written. */
export function relocated(error: unknown, text: Source | null): unknown {
  if (!(error instanceof QuipuError) || text === null || !error.message.startsWith(`${text.name}:`))
    return error;
  const rest = error.message.slice(text.name.length + 1);
  const line = /^[0-9]+/.exec(rest)?.[0];
  if (line === undefined) return error;
  const place = text.placeOf(Number(line));
  return new QuipuError(error.code, `${place.file}:${place.line}${rest.slice(line.length)}`);
}
