// 1,024 distinct frames such as an office's uplink carries, in an order without a pattern, in the slots of a pool.

import { writeFileSync } from 'node:fs';
import { Pool } from '../../dist/engine/pool.js';

export const FRAMES = 1024;

/** Shares in percent; the rest of the frame is random, also its length. */
export const MIX = {
  'IPv4 TCP 443': 56,
  'IPv4 TCP 80': 6,
  'IPv4 UDP 53': 14,
  'IPv4 UDP 443': 11,
  'IPv4 UDP, later fragment': 1,
  'IPv4 ICMP': 2,
  'IPv6 TCP 443': 5,
  'IPv6 UDP 53': 2,
  ARP: 3,
};

/** @returns {{ pool: Pool, frames: import('../../dist/engine/frame.js').PoolFrame[] }} */
export function makeFrames() {
  const pool = new Pool({ size: FRAMES });
  const next = numbers(20261120);
  const kinds = Object.entries(MIX).flatMap(([kind, share]) => Array(share).fill(kind));
  const frames = [];
  for (let i = 0; i < FRAMES; i++) {
    const frame = pool.allocate();
    if (frame === null) throw new Error('the pool is empty');
    fill(frame, kinds[next() % kinds.length], next);
    frames.push(frame);
  }
  // In the order of the memory, as they lie there for the C program too.
  frames.sort((a, b) => a.start - b.start);
  return { pool, frames };
}

/** @param {import('../../dist/engine/frame.js').PoolFrame} frame @param {string} kind @param {() => number} next */
function fill(frame, kind, next) {
  frame.length = kind === 'ARP' ? 60 : 66 + (next() % 1449);
  frame.hardwareType = 1;
  for (let at = 0; at < frame.length; at++) frame.setU8(at, next());
  const [version, protocol, portText] = kind.split(/,? /);
  frame.protocol = version === 'ARP' ? 0x0806 : version === 'IPv6' ? 0x86dd : 0x0800;
  frame.setU16(12, frame.protocol);
  const number = { TCP: 6, UDP: 17, ICMP: 1 }[protocol] ?? 0;
  const transport = version === 'IPv6' ? 54 : 34;
  if (version === 'IPv4') {
    frame.setU8(14, 0x45);
    frame.setU16(20, portText === 'later' ? 0x0090 : 0x4000);
    frame.setU8(23, number);
  } else if (version === 'IPv6') {
    frame.setU8(14, 0x60);
    frame.setU8(20, number);
  }
  if (!/^\d+$/.test(portText ?? '')) return;
  // Half of them are answers.
  const answer = next() % 2;
  frame.setU16(transport + 2 * answer, 32768 + (next() % 28000));
  frame.setU16(transport + 2 * (1 - answer), Number(portText));
}

/** xorshift32. @param {number} seed @returns {() => number} */
function numbers(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (Math.imul(state, 0x2c1b3c6d) >>> 8) & 0xffffff;
  };
}

/** What fixtures/bpf-filter.c reads: the pool's memory and the frames in it. @param {string} file */
export function writeFrames(file) {
  const { pool, frames } = makeFrames();
  const slot = frames[1].slotOffset - frames[0].slotOffset;
  const start = frames[0].start - frames[0].slotOffset;
  if (frames.some((frame, i) => frame.start !== i * slot + start)) throw new Error('slots are not in a row');
  const header = Uint32Array.of(FRAMES, slot, start, ...frames.map((frame) => frame.length));
  writeFileSync(file, Buffer.concat([Buffer.from(header.buffer), pool.memory.subarray(0, FRAMES * slot)]));
}
