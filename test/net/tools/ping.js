// node ping.js DEVICE COUNT RATE MAC: sends COUNT numbered frames at RATE a second to who reflects them and prints
// {"sent", "received", "p50", "p99", "least"}: round-trip times in microseconds.

import { Pool } from '../../../dist/engine/pool.js';
import { openAfPacket } from '../../../dist/links/af-packet/link.js';
import { systemClock } from '../../../dist/linux/clock.js';
import { Poller } from '../../../dist/linux/poll.js';
import { MARK, sequenceAt, template } from './numbered-frames.js';

const [device, count, rate, mac] = process.argv.slice(2);
const at = sequenceAt('raw');
const pool = new Pool({ size: 512 });
const link = openAfPacket(
  { kind: 'af-packet', device, promiscuous: true },
  { pool, clock: systemClock, random: () => 0 },
);
const poller = new Poller();
poller.add(link.fd);
const frame = pool.allocate();
if (frame === null) throw new Error('pool too small');
frame.fill(
  template(
    'raw',
    64,
    Uint8Array.from(mac.split(':'), (byte) => Number.parseInt(byte, 16)),
  ),
);
/** @type {import('../../../dist/engine/frame.js').PoolFrame[]} */
const batch = [];
/** @type {number[]} */
const times = [];
const begun = performance.now();
for (let number = 0; number < Number(count); number++) {
  const due = begun + (number * 1000) / Number(rate);
  while (performance.now() < due) poller.wait(Math.max(0, due - performance.now()));
  frame.setU32(at, number);
  const start = performance.now();
  link.send([frame], 0, 1);
  const micros = answered(number, start);
  if (micros >= 0) times.push(micros);
}
link.close();
times.sort((a, b) => a - b);
const quantile = (/** @type {number} */ q) => Math.round(times[Math.floor(q * (times.length - 1))] ?? -1);
const result = {
  sent: Number(count),
  received: times.length,
  p50: quantile(0.5),
  p99: quantile(0.99),
  least: quantile(0),
};
process.stdout.write(`${JSON.stringify(result)}\n`);

/**
 * Waits up to two seconds, for the sake of busy machines, for the frame of this number.
 * @param {number} number
 * @param {number} start
 */
function answered(number, start) {
  while (performance.now() - start < 2000) {
    poller.wait(10);
    const n = link.receive(batch, 64);
    let found = false;
    for (let i = 0; i < n; i++) {
      if (batch[i].u16(at + 4) === MARK && batch[i].u32(at) === number) found = true;
      pool.release(batch[i]);
    }
    if (found) return (performance.now() - start) * 1000;
  }
  return -1;
}
