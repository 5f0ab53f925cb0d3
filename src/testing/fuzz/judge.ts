import { ETHERNET_HEADER } from '../../wire/ethernet.js';
import { hexLines } from '../../wire/print/hex.js';
import type { Layer } from '../../wire/print/layer.js';
import { layersOf, MOST_LAYERS } from '../../wire/print/layers.js';
import { lineOf, MOST_CHARACTERS } from '../../wire/print/line.js';
import { linesOf, MOST_LINE, MOST_LINES } from '../../wire/print/lines.js';
import type { Dice } from '../random-transfer.js';
import { type Answers, askFrameParsers, askParsers } from './parsers.js';

const FRONT = 32;
const LONGEST = 1600;
/** Two surroundings for the same frame: who looks beyond its ends answers differently. */
const surroundings = [0x00, 0xff] as const;
const rooms = surroundings.map((filling) => new Uint8Array(FRONT + LONGEST + FRONT).fill(filling));
const PRINTABLE = /^[\x20-\x7e]*$/;

/**
 * Gives a frame of at most 1600 bytes to the printer and to every parser. Throws Error, or what they throw, when one of them
 * is wrong: a line that is endless or moves a terminal's cursor, a field that does not lie in the frame, bytes written beyond
 * its ends. `thorough`: also on many lines and in hex, and all twice, so that bytes read beyond the ends show.
 */
export function judgeParsers(frame: Uint8Array, dice: Dice, thorough: boolean): void {
  const { length } = frame;
  const used = thorough ? rooms : [rooms[dice.upTo(1)]];
  for (const room of used) room.set(frame, FRONT);
  const layers = layersOf(used[0], FRONT, length);
  judgeLayers(layers, length);
  const line = judgeLine(lineOf(layers));
  if (thorough) {
    judgeLines(layers, frame);
    const other = lineOf(layersOf(used[1], FRONT, length));
    if (other !== line) throw new Error(`the line depends on what is behind the frame: ${line}; ${other}`);
  }
  const header = layers[dice.upTo(layers.length - 1)].offset;
  for (const at of [header, Math.min(ETHERNET_HEADER, length), dice.upTo(length)]) {
    compare(at, used, (room) => askParsers(room, FRONT + at, length - at));
  }
  compare(0, used, (room) => askFrameParsers(room, FRONT, length));
  if (
    thorough &&
    Buffer.compare(rooms[0].subarray(FRONT, FRONT + length), rooms[1].subarray(FRONT, FRONT + length))
  )
    throw new Error('what is behind the frame was written into it');
  rooms.forEach((room, i) => {
    clean(room, surroundings[i], length);
  });
}

function judgeLayers(layers: readonly Layer[], length: number): void {
  if (layers.length > MOST_LAYERS) throw new Error(`${layers.length} layers`);
  for (const layer of layers) {
    const { protocol, offset, fields, faults, checksum } = layer;
    if (!(offset >= 0 && layer.length >= 0 && offset + layer.length <= length))
      throw new Error(`${protocol} at ${offset} of ${layer.length} bytes in ${length}`);
    for (const { name, at, length: size, value } of fields) {
      if (!(at >= 0 && size >= 0 && at + size <= length))
        throw new Error(`${protocol} ${name} at ${at} of ${size}`);
      if (value === undefined || Number.isNaN(value)) throw new Error(`${protocol} ${name} is ${value}`);
    }
    for (const { text, at } of faults)
      if (!(at >= 0 && at <= length)) throw new Error(`${protocol} ${text} at ${at}`);
    if (checksum !== null && (checksum.at + 2 > length || checksum.from > checksum.at))
      throw new Error(`${protocol} checksum at ${checksum.at} from ${checksum.from}`);
  }
}

function judgeLine(line: string): string {
  if (line.length > MOST_CHARACTERS || line === '' || !PRINTABLE.test(line) || /undefined|NaN/.test(line))
    throw new Error(`the line is ${JSON.stringify(line)}`);
  return line;
}

function judgeLines(layers: readonly Layer[], frame: Uint8Array): void {
  const text = linesOf(layers);
  const lines = text.split('\n');
  const isLong = lines.length > MOST_LINES + 1 || lines.some((line) => line.length > MOST_LINE);
  if (isLong || !lines.every((line) => PRINTABLE.test(line)) || /undefined|NaN/.test(text))
    throw new Error(`the lines are ${JSON.stringify(text)}`);
  for (const line of hexLines(frame).split('\n'))
    if (!PRINTABLE.test(line)) throw new Error(`hex: ${JSON.stringify(line)}`);
}

/** The same answers in both surroundings. */
function compare(at: number, used: readonly Uint8Array[], ask: (room: Uint8Array) => Answers): void {
  const [one, two] = used.map(ask);
  if (two === undefined) return;
  if (one.length !== two.length || one.some((answer, i) => answer !== two[i]))
    throw new Error(`parsers look beyond the frame, from ${at} on: ${one.join(' ')}; ${two.join(' ')}`);
}

/** What was around the frame is as it was, and is made so for the next one. */
function clean(room: Uint8Array, filling: number, length: number): void {
  for (let at = 0; at < FRONT; at++) {
    if (room[at] !== filling || room[FRONT + length + at] !== filling)
      throw new Error('parsers wrote beyond the frame');
  }
  room.fill(filling, FRONT, FRONT + length);
}
