/** XDP_PACKET_HEADROOM: what the kernel leaves free in front of a received frame, in bytes. */
const KERNEL_HEADROOM = 256;
/** XDP_UMEM_MIN_CHUNK_SIZE. */
const LEAST_CHUNK = 2048;
/** Chunks are no longer than a page, and so frames shorter than it. */
const PAGE = 4096;
const LINE = 64;
/** Chunks for frames that are being sent, unless said otherwise. */
const SEND_CHUNKS = 512;
const LEAST_RECEIVE_CHUNKS = 32;
const ADDRESS_BYTES = 8;
const DESCRIPTOR_BYTES = 16;

/** Offsets in a ring's pages (struct xdp_ring_offset), in bytes. */
export interface RingOffsets {
  readonly producer: number;
  readonly consumer: number;
  readonly entries: number;
  readonly flags: number;
}

export interface RingPlan {
  /** Where its pages are mapped, from the beginning of the piece of memory. */
  readonly at: number;
  readonly bytes: number;
  readonly size: number;
  readonly entryBytes: number;
  readonly offsets: RingOffsets;
}

/** What lies where in the piece of memory that an AF_XDP socket has: four rings, then the chunks. */
export interface XdpPlan {
  readonly receive: RingPlan;
  readonly send: RingPlan;
  readonly fill: RingPlan;
  readonly completion: RingPlan;
  /** Where the chunks are: what the kernel calls the UMEM. Its addresses are offsets from here. */
  readonly chunksAt: number;
  readonly chunkBytes: number;
  /** From a chunk to the next. */
  readonly stride: number;
  /** Bytes in front of a received frame beyond the kernel's own. */
  readonly headroom: number;
  /** Chunks for received frames; behind them are those for frames to be sent. */
  readonly receiveChunks: number;
  readonly sendChunks: number;
  /** Longest frame that a chunk takes, in bytes. */
  readonly longest: number;
  /** All of it. */
  readonly bytes: number;
}

export type AllOffsets = Readonly<Record<'receive' | 'send' | 'fill' | 'completion', RingOffsets>>;

/**
 * Chunks of some `bytes` for received frames, in each of which a frame has `headroom` free bytes in front and `maxLength`
 * from its first byte on; and as many entries in the rings that none can run over. `sendChunks`, a power of two, are for
 * frames to be sent.
 */
export function planXdp(
  offsets: AllOffsets,
  bytes: number,
  headroom: number,
  maxLength: number,
  sendChunks = SEND_CHUNKS,
): XdpPlan {
  const inFront = roundUp(Math.max(KERNEL_HEADROOM, headroom), LINE);
  const room = Math.max(LEAST_CHUNK, inFront + maxLength);
  // Not a power of two, but an odd number of lines: chunks begin in different sets of the cache.
  const stride = (roundUp(room, LINE) / LINE) % 2 === 1 ? roundUp(room, LINE) : roundUp(room, LINE) + LINE;
  const chunkBytes = Math.min(PAGE, room);
  const receiveChunks = Math.max(LEAST_RECEIVE_CHUNKS, Math.floor(bytes / stride));
  const size = powerOfTwo(receiveChunks);
  let at = 0;
  const ring = (of: RingOffsets, entries: number, entryBytes: number): RingPlan => {
    const plan = {
      at,
      bytes: roundUp(of.entries + entries * entryBytes, PAGE),
      size: entries,
      entryBytes,
      offsets: of,
    };
    at += plan.bytes;
    return plan;
  };
  return {
    receive: ring(offsets.receive, size, DESCRIPTOR_BYTES),
    send: ring(offsets.send, sendChunks, DESCRIPTOR_BYTES),
    fill: ring(offsets.fill, size, ADDRESS_BYTES),
    completion: ring(offsets.completion, sendChunks, ADDRESS_BYTES),
    chunksAt: at,
    chunkBytes,
    stride,
    headroom: inFront - KERNEL_HEADROOM,
    receiveChunks,
    sendChunks,
    longest: Math.min(maxLength, chunkBytes - inFront),
    bytes: at + roundUp((receiveChunks + sendChunks) * stride, PAGE),
  };
}

function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

function powerOfTwo(least: number): number {
  return 2 ** Math.ceil(Math.log2(least));
}
