// node flood.js DEVICE KIND SIZE COUNT RATE MAC: sends COUNT numbered frames (0: until SIGTERM) at RATE frames a second
// (0: as fast as it goes) and prints {"sent": N, "seconds": S} when done.

import { Pool } from '../../../dist/engine/pool.js';
import { openAfPacket } from '../../../dist/links/af-packet/link.js';
import { systemClock } from '../../../dist/linux/clock.js';
import { sequenceAt, template } from './numbered-frames.js';

const [device, kind, size, count, rate, mac] = process.argv.slice(2);
const destination = Uint8Array.from(mac.split(':'), (byte) => Number.parseInt(byte, 16));
const pool = new Pool({ size: 512 });
const context = { pool, clock: systemClock, random: () => 0 };
const link = openAfPacket({ kind: 'af-packet', device }, context);
const at = sequenceAt(kind);
const bytes = template(kind, Number(size), destination);
const frames = Array.from({ length: 64 }, () => {
  const frame = pool.allocate();
  if (frame === null) throw new Error('pool too small');
  frame.fill(bytes);
  return frame;
});

const goal = Number(count) || Number.POSITIVE_INFINITY;
const pace = Number(rate);
let sent = 0;
let stopped = false;
process.on('SIGTERM', () => {
  stopped = true;
});
const start = performance.now();

/** Sends a burst; answers how long to wait before the next, in milliseconds. */
function burst() {
  const due = pace > 0 ? Math.floor(((performance.now() - start) / 1000) * pace) - sent : 64;
  const n = Math.min(64, due, goal - sent);
  if (n <= 0) return 0.05;
  for (let i = 0; i < n; i++) frames[i].setU32(at, sent + i);
  let from = 0;
  while (from < n && !stopped) from += link.send(frames, from, n);
  sent += from;
  return 0;
}

function run() {
  for (let i = 0; i < 200 && !stopped && sent < goal; i++) burst();
  if (!stopped && sent < goal) return void setImmediate(run);
  const seconds = (performance.now() - start) / 1000;
  link.close();
  process.stdout.write(`${JSON.stringify({ sent, seconds })}\n`);
}
run();
