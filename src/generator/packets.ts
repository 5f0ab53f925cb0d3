import { QuipuError } from '../contract/error.js';
import type { FrameTemplate } from '../traffic/frame-template.js';
import { numberedFrame } from '../traffic/numbered-frame.js';
import { readTraffic } from '../traffic/read-traffic.js';
import { TrafficError, type TrafficSurroundings } from '../traffic/traffic.js';
import { Chance } from './chance.js';
import { FrameOrder } from './frame-order.js';
import type { TrafficSource } from './generator.js';

/** A packet that a worker sends. */
export interface SourcePacket extends FrameTemplate {
  /** What messages call it: `traffic.cfg:12`, `frame 3`. */
  readonly name: string;
}

/** Which of several workers it is. */
export interface Share {
  readonly worker: number;
  readonly workers: number;
}

/** What frames are made from, besides the source. */
export interface Ingredients {
  readonly seed: number;
  readonly shuffled: boolean;
  readonly surroundings: Omit<TrafficSurroundings, 'random'>;
}

/**
 * The frames of one worker, in their order: the same for the same seed. Packets are the same in all workers, what changes
 * by chance from sending to sending is not. Answers null when none is for this worker. Throws QuipuError.
 */
export function frameOrder(source: TrafficSource, share: Share, ingredients: Ingredients): FrameOrder | null {
  const chance = new Chance(ingredients.seed);
  const random = () => chance.next();
  const packets = packetsOf(source, share, { ...ingredients.surroundings, random });
  if (share.worker > 0) chance.restart(ingredients.seed, share.worker);
  return packets.length > 0 ? new FrameOrder(packets, ingredients.shuffled ? random : null) : null;
}

/** The packets that a worker sends. Throws QuipuError. */
export function packetsOf(
  source: TrafficSource,
  { worker, workers }: Share,
  surroundings: TrafficSurroundings,
): SourcePacket[] {
  switch (source.kind) {
    case 'text':
      return textPackets(source.text, source.name, surroundings)
        .filter(({ cpus }) => cpus === undefined || (cpus.first <= worker && worker <= cpus.last))
        .map(({ packet }) => packet);
    case 'frames':
      return source.frames
        .map((bytes, i) => ({ bytes, changes: false, advance() {}, name: `frame ${i + 1}` }))
        .filter((_, i) => i % workers === worker);
    case 'numbered': {
      const frame = numberedFrame(source.frame, source.at, worker, workers);
      return [Object.assign(frame, { name: 'the frame' })];
    }
  }
}

function textPackets(text: string, name: string, surroundings: TrafficSurroundings) {
  try {
    return readTraffic(text, surroundings).packets.map((packet) => ({
      packet: Object.assign(packet, { name: `${name}:${packet.line}` }),
      cpus: packet.cpus,
    }));
  } catch (error) {
    if (!(error instanceof TrafficError)) throw error;
    const { line, column, message } = error;
    throw new QuipuError('bad-config', `${name}:${line}:${column}: ${message}`);
  }
}
