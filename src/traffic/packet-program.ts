import { foldSum, sumWords } from '../wire/checksum.js';
import { type PlannedChecksum, planChecksum, storeChecksum } from './checksum-plan.js';
import { shiftOf } from './header-shape.js';
import type { ChecksumDraft, FieldPlace, Step } from './packet-draft.js';
import type { TrafficPacket } from './traffic.js';

const COUNT_BYTE = 0;
const RANDOM_BYTES = 1;
const COUNT_FIELD = 2;
const RANDOM_FIELD = 3;

/** Words of a step: what it does, then its numbers. */
const STRIDE = 9;
const AT = 1;
/** Bytes of `RANDOM_BYTES`; width of a field. */
const LENGTH = 2;
const LOWEST = 3;
/** Values that there are, more than `STEP`; of `COUNT_FIELD`, one more than the highest. */
const SPAN = 4;
const NEXT = 5;
const STEP = 6;
const SHIFT = 7;
const MASK = 8;

/** Numbers that have 32 bits have this many values. */
const ALL = 2 ** 32;

interface ProgramParts {
  readonly bytes: Uint8Array;
  readonly steps: readonly Step[];
  /** In the order in which they are computed: a later one may cover an earlier one. */
  readonly checksums: readonly ChecksumDraft[];
  readonly cpus: TrafficPacket['cpus'];
  readonly line: number;
  readonly random: () => number;
}

/** A packet as bytes and a flat list of steps that change them. It owns the bytes. */
export class PacketProgram implements TrafficPacket {
  readonly bytes: Uint8Array;
  readonly changes: boolean;
  readonly cpus: TrafficPacket['cpus'];
  readonly line: number;
  private readonly random: () => number;
  /** Steps of STRIDE numbers below 2^32; counters keep their next value in it. */
  private readonly steps: Float64Array;
  private readonly checksums: readonly PlannedChecksum[];

  constructor(parts: ProgramParts) {
    const { bytes } = parts;
    this.bytes = bytes;
    this.changes = parts.steps.length > 0;
    this.cpus = parts.cpus;
    this.line = parts.line;
    this.random = parts.random;
    this.steps = Float64Array.from(parts.steps.flatMap(stepNumbers));
    this.runSteps();
    this.checksums = planAll(bytes, parts.steps, parts.checksums);
    this.runChecksums();
  }

  advance(): void {
    this.runSteps();
    this.runChecksums();
  }

  private runSteps(): void {
    const { bytes, steps } = this;
    for (let i = 0; i < steps.length; i += STRIDE) {
      switch (steps[i]) {
        case COUNT_BYTE: {
          const next = steps[i + NEXT];
          bytes[steps[i + AT]] = next;
          const following = next + steps[i + STEP];
          const past = following >= steps[i + LOWEST] + steps[i + SPAN];
          steps[i + NEXT] = past ? following - steps[i + SPAN] : following;
          break;
        }
        case RANDOM_BYTES:
          this.randomBytes(steps[i + AT], steps[i + LENGTH], steps[i + LOWEST], steps[i + SPAN]);
          break;
        case COUNT_FIELD: {
          const next = steps[i + NEXT];
          this.writeField(i, next);
          // As trafgen has it: 32 bits, then what is left of the span, then the lowest value at least.
          let following = next + steps[i + STEP];
          if (following >= ALL) following -= ALL;
          if (following >= steps[i + SPAN]) following %= steps[i + SPAN];
          steps[i + NEXT] = Math.max(following, steps[i + LOWEST]);
          break;
        }
        default:
          this.writeField(i, steps[i + LOWEST] + (this.random() % steps[i + SPAN]));
      }
    }
  }

  private randomBytes(at: number, length: number, lowest: number, span: number): void {
    const { bytes } = this;
    const end = at + length;
    if (span !== 256) {
      for (let i = at; i < end; i++) bytes[i] = lowest + (this.random() % span);
      return;
    }
    for (let i = at; i < end; i += 4) {
      const word = this.random();
      bytes[i] = word >>> 24;
      if (i + 1 < end) bytes[i + 1] = word >>> 16;
      if (i + 2 < end) bytes[i + 2] = word >>> 8;
      if (i + 3 < end) bytes[i + 3] = word;
    }
  }

  private writeField(i: number, value: number): void {
    const { steps } = this;
    writeBits(this.bytes, steps[i + AT], steps[i + LENGTH], steps[i + SHIFT], steps[i + MASK], value);
  }

  private runChecksums(): void {
    const { bytes, checksums } = this;
    for (let i = 0; i < checksums.length; i++) {
      const { at, base, runs, zeroAsOnes } = checksums[i];
      bytes[at] = 0;
      bytes[at + 1] = 0;
      let sum = base;
      for (let k = 0; k < runs.length; k++) sum += sumWords(bytes, runs[k].at, runs[k].length);
      storeChecksum(bytes, at, foldSum(sum), zeroAsOnes);
    }
  }
}

/** Writes a number into some bits of one, two or four bytes, the others left as they are. */
export function writeBits(
  bytes: Uint8Array,
  at: number,
  width: number,
  shift: number,
  mask: number,
  value: number,
): void {
  const bits = (value << shift) & mask;
  const last = at + width - 1;
  for (let i = 0; i < width; i++) {
    const keep = ~(mask >>> (8 * i));
    bytes[last - i] = (bytes[last - i] & keep) | (bits >>> (8 * i));
  }
}

/** The number in some bits of one, two or four bytes. */
export function readBits(bytes: Uint8Array, place: FieldPlace): number {
  let word = 0;
  for (let i = 0; i < place.width; i++) word = (word << 8) | bytes[place.at + i];
  return (word & place.mask) >>> place.shift;
}

/** The place of a whole number of bytes. */
export function wholePlace(at: number, width: 1 | 2 | 4): FieldPlace {
  return maskedPlace(at, width, width === 4 ? 0xffffffff : 2 ** (8 * width) - 1);
}

export function maskedPlace(at: number, width: 1 | 2 | 4, mask: number): FieldPlace {
  return { at, width, shift: shiftOf(mask), mask };
}

function stepNumbers(step: Step): number[] {
  switch (step.kind) {
    case 'count-byte':
      return [COUNT_BYTE, step.at, 1, step.lowest, step.span, step.next, step.step, 0, 0];
    case 'random-bytes':
      return [RANDOM_BYTES, step.at, step.length, step.lowest, step.span, 0, 0, 0, 0];
    case 'count-field': {
      const { at, width, shift, mask } = step.place;
      return [COUNT_FIELD, at, width, step.lowest, step.highest + 1, step.next, step.step, shift, mask];
    }
    case 'random-field': {
      const { at, width, shift, mask } = step.place;
      return [RANDOM_FIELD, at, width, step.lowest, step.span, 0, 0, shift, mask];
    }
  }
}

/** Plans the checksums one after the other: the bytes of one that changes change what covers them. */
function planAll(
  bytes: Uint8Array,
  steps: readonly Step[],
  drafts: readonly ChecksumDraft[],
): PlannedChecksum[] {
  if (drafts.length === 0) return [];
  const dirty = new Uint8Array(bytes.length);
  for (const step of steps) {
    const { at, length } = writtenBy(step);
    dirty.fill(1, at, at + length);
  }
  const planned: PlannedChecksum[] = [];
  for (const draft of drafts) {
    const own = [dirty[draft.at], dirty[draft.at + 1]];
    dirty.fill(0, draft.at, draft.at + 2);
    bytes.fill(0, draft.at, draft.at + 2);
    const plan = planChecksum(bytes, dirty, draft);
    dirty.set(own, draft.at);
    if (plan === null) continue;
    planned.push(plan);
    dirty.fill(1, draft.at, draft.at + 2);
  }
  return planned;
}

function writtenBy(step: Step): { at: number; length: number } {
  if (step.kind === 'count-byte') return { at: step.at, length: 1 };
  if (step.kind === 'random-bytes') return step;
  return { at: step.place.at, length: step.place.width };
}
