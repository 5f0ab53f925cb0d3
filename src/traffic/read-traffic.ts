import { Cursor } from './cursor.js';
import { finishPacket } from './finish-packet.js';
import { append, FUNCTIONS, lowestByte } from './functions.js';
import { readHeader } from './header-call.js';
import { HEADERS } from './headers.js';
import { clip } from './lexer.js';
import { PacketDraft } from './packet-draft.js';
import { PacketProgram } from './packet-program.js';
import type { Traffic, TrafficPacket, TrafficSurroundings } from './traffic.js';

/** All packets of a configuration together, in bytes: a few characters can ask for 64 KiB. */
export const MAX_TOTAL = 64 * 1024 * 1024;

/**
 * Reads a configuration of trafgen's packet language (docs/trafgen-language.md), after the preprocessor. Each packet
 * is ready for its first sending. `surroundings` is used while reading, its `random` also by `advance`. Workers that
 * read the same text count for themselves, each from the start. Throws TrafficError.
 */
export function readTraffic(text: string, surroundings: TrafficSurroundings): Traffic {
  const cursor = new Cursor(text);
  const packets: TrafficPacket[] = [];
  let total = 0;
  while (cursor.token.kind !== 'end') {
    const { token } = cursor;
    const packet = readPacket(cursor, surroundings);
    total += packet.bytes.length;
    if (total > MAX_TOTAL) {
      throw cursor.fault(`the packets up to here are larger than ${MAX_TOTAL >>> 20} MiB together`, token);
    }
    packets.push(packet);
  }
  return { packets, warnings: cursor.warnings };
}

function readPacket(cursor: Cursor, surroundings: TrafficSurroundings): TrafficPacket {
  const start = cursor.token;
  const cpus = cursor.is('cpu') ? readCpus(cursor) : undefined;
  cursor.expect('{', cpus === undefined ? 'at the beginning of a packet' : 'behind the CPUs of a packet');
  const draft = new PacketDraft();
  let first = true;
  while (!cursor.is('}')) {
    if (!first && !cursor.accept(',') && !cursor.token.apart) {
      throw cursor.fault(`expected ',' or a space before ${cursor.found()}`);
    }
    if (cursor.is('}')) break;
    first = false;
    readElement(cursor, draft, surroundings);
  }
  const end = cursor.take();
  if (draft.length === 0) throw cursor.fault('this packet has no bytes', end);
  return new PacketProgram({
    checksums: finishPacket(draft),
    bytes: draft.bytes.slice(),
    steps: draft.steps,
    cpus,
    line: cursor.lineOf(start),
    random: surroundings.random,
  });
}

/** `cpu(1):`, `cpu(1-3):` or `cpu(1:3):`. */
function readCpus(cursor: Cursor): { first: number; last: number } {
  cursor.take();
  cursor.expect('(', 'behind cpu');
  const first = readCpu(cursor);
  const last = cursor.accept('-') || cursor.accept(':') ? readCpu(cursor) : first;
  cursor.expect(')', 'behind the CPUs');
  cursor.expect(':', 'behind the CPUs of a packet');
  return { first: Math.min(first, last), last: Math.max(first, last) };
}

function readCpu(cursor: Cursor): number {
  const { token } = cursor;
  if (token.kind !== 'number') throw cursor.fault(`expected the number of a CPU, found ${cursor.found()}`);
  if (token.value > 65_535n) throw cursor.fault('there is no CPU with such a number');
  return Number(cursor.take().value);
}

function readElement(cursor: Cursor, draft: PacketDraft, surroundings: TrafficSurroundings): void {
  const { token } = cursor;
  if (token.kind === 'number') {
    cursor.take();
    const at = append(cursor, draft, 1, token);
    draft.bytes[at] = lowestByte(cursor, token.value, token.at);
    return;
  }
  if (token.kind === 'bytes') {
    cursor.take();
    const at = append(cursor, draft, token.bytes.length, token);
    draft.bytes.set(token.bytes, at);
    return;
  }
  if (token.kind === 'word') {
    const shape = HEADERS.get(token.text);
    const read = FUNCTIONS.get(token.text);
    if (shape === undefined && read === undefined) {
      throw cursor.fault(`there is no function and no header ${clip(token.text)}`);
    }
    cursor.take();
    if (shape !== undefined) readHeader(cursor, draft, shape, token, surroundings);
    else read?.(cursor, draft, token, surroundings.random);
    return;
  }
  if (token.kind === 'end') throw cursor.fault("the packet has no end: '}' is missing");
  throw cursor.fault(`expected a number, a string, a function, a header or '}', found ${cursor.found()}`);
}
