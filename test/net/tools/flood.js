// node flood.js DEVICE KIND SIZE COUNT RATE MAC: sends COUNT numbered frames (0: until SIGTERM) at RATE frames a second
// (0: as fast as it goes) and prints {"sent": N, "seconds": S} when done.

import { SendStop } from '../../../dist/contract/link.js';
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

/** Sends a burst; false when none is due. */
function burst() {
  const due = pace > 0 ? Math.floor(((performance.now() - start) / 1000) * pace) - sent : 64;
  const n = Math.min(64, due, goal - sent);
  if (n <= 0) return false;
  for (let i = 0; i < n; i++) frames[i].setU32(at, sent + i);
  let from = 0;
  while (from < n && !stopped) {
    from += link.send(frames, from, n);
    if (link.stopped === SendStop.down) break; // what is left goes when the device is up again
  }
  sent += from;
  return from === n;
}

function run() {
  let due = true;
  for (let i = 0; i < 200 && due && !stopped && sent < goal; i++) due = burst();
  // A paced sender sleeps: spinning would take the processor from what is under test.
  if (!stopped && sent < goal) return void (due ? setImmediate(run) : setTimeout(run, 1));
  const seconds = (performance.now() - start) / 1000;
  link.close();
  process.stdout.write(`${JSON.stringify({ sent, seconds })}\n`);
}
run();
