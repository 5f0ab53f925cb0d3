import { z } from 'zod';
import type { Block, BlockContext, EnginePort } from '../../contract/block.js';
import { EGRESS } from '../../contract/direction.js';
import type { Frame } from '../../contract/frame.js';
import { layersOf } from '../../wire/print/layers.js';
import { lineOf } from '../../wire/print/line.js';
import { summarize } from '../../wire/summary.js';

const SECOND = 1_000_000;
const DAY = 86_400 * SECOND;
/** Hex digits go in groups of four bytes. */
const GROUP = 4;
const MAX_HEX = 256;

const config = z.strictObject({
  label: z
    .string()
    .regex(/^[\x20-\x7e]{0,40}$/, 'at most 40 printable ASCII signs')
    .default('')
    .describe('put before every line'),
  hex: z.int().min(0).max(MAX_HEX).default(0).describe('how many bytes of the frame are added in hex'),
  rate: z.int().min(1).max(10_000).default(10).describe('lines a second; as many may come at once'),
  layer: z.enum(['ethernet', 'ip']).default('ethernet').describe('what a frame begins with: ethernet or ip'),
});

/** Writes one line to the node's log for every frame, as far as its rate allows, and passes the frame on, both ways. */
export class Print implements Block {
  static readonly kind = 'print';
  static readonly summary = 'writes a line to the log for every frame, at a limited rate';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'label';
  static readonly counters = {
    packets: 'frames that came through, either way',
    printed: 'lines written',
    skipped: 'frames without a line, as there were too many',
  };
  static readonly drops = {};
  /** It makes texts. */
  static readonly portable = false;

  packets = 0;
  printed = 0;
  skipped = 0;
  options: z.infer<typeof config>;
  /** Time at which all lines that were written are paid for, in microseconds: the bucket of the rate limit. */
  private paidUntil = 0;
  /** `skipped` when the last line was written. */
  private skippedBefore = 0;
  private readonly log: (text: string) => void;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.options = options;
    this.log = (text) => context.log(text);
  }

  configure(options: z.infer<typeof config>): void {
    this.options = options;
  }

  receive(frame: Frame, engine: EnginePort): number {
    this.packets++;
    const now = engine.now();
    const cost = Math.floor(SECOND / this.options.rate);
    const start = Math.max(this.paidUntil, now);
    if (start + cost > now + SECOND) {
      this.skipped++;
      return frame.direction;
    }
    this.paidUntil = start + cost;
    this.printed++;
    this.log(this.line(frame));
    this.skippedBefore = this.skipped;
    return frame.direction;
  }

  private line(frame: Frame): string {
    const { label, hex, layer } = this.options;
    const way = frame.direction === EGRESS ? 'down' : 'up';
    const before = label === '' ? '' : `${label} `;
    const about = layer === 'ip' ? ipSummary(frame) : summarize(frame.bytes, frame.start, frame.length);
    const missed = this.skipped - this.skippedBefore;
    const after = missed > 0 ? ` (${missed} frames before it not printed)` : '';
    const mark = frame.mark === 0 ? '' : ` mark ${frame.mark}`;
    const bytes = hex === 0 ? '' : ` ${hexText(frame, hex)}`;
    return `${before}${timeText(frame.timestamp)} ${way} ${frame.length} bytes${mark}: ${about}${bytes}${after}`;
  }
}

/** Time of day, UTC: `15:04:05.000006`; frames made in the node have none. */
function timeText(timestamp: number): string {
  if (timestamp <= 0) return '-';
  const micros = Math.floor(timestamp) % DAY;
  const two = (n: number) => String(Math.floor(n)).padStart(2, '0');
  const seconds = micros / SECOND;
  const fraction = String(micros % SECOND).padStart(6, '0');
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}.${fraction}`;
}

function hexText(frame: Frame, limit: number): string {
  const shown = Math.min(limit, frame.length);
  let text = '';
  for (let i = 0; i < shown; i++) {
    if (i > 0 && i % GROUP === 0) text += ' ';
    text += frame.u8(i).toString(16).padStart(2, '0');
  }
  return text;
}

/** Describes an IP packet without a link header. */
function ipSummary(frame: Frame): string {
  const version = frame.u8(0) >>> 4;
  if (version !== 4 && version !== 6) return `no IP packet: version ${version}`;
  return lineOf(layersOf(frame.bytes, frame.start, frame.length, { first: 'ip' }));
}
