// node collect.js DEVICE KIND: takes numbered frames until SIGTERM, then prints what it saw as one line of JSON:
// received, first, last, gaps (frames missing between the first and the last), reordered, twice, lost (ring).
// Prints "ready" when it listens, and on SIGUSR1 the number received so far.

import { Pool } from '../../../dist/engine/pool.js';
import { openAfPacket } from '../../../dist/links/af-packet/link.js';
import { systemClock } from '../../../dist/linux/clock.js';
import { MARK, sequenceAt } from './numbered-frames.js';

const [device, kind] = process.argv.slice(2);
const at = sequenceAt(kind);
const pool = new Pool({ size: 512 });
const context = { pool, clock: systemClock, random: () => 0 };
const link = openAfPacket(
  { kind: 'af-packet', device, promiscuous: true, receiveBuffer: 128 << 20 },
  context,
);
const result = { received: 0, first: -1, last: -1, missing: 0, reordered: 0, lost: 0 };
/** @type {import('../../../dist/engine/frame.js').PoolFrame[]} */
const batch = [];
let stopAt = 0;
process.on('SIGTERM', () => {
  stopAt = performance.now() + 300; // what is on its way still counts
});
process.on('SIGUSR1', () => process.stdout.write(`${JSON.stringify(result)}\n`));

function take() {
  const n = link.receive(batch, 64);
  for (let i = 0; i < n; i++) {
    const frame = batch[i];
    if (frame.u16(at + 4) === MARK) note(frame.u32(at));
    pool.release(frame);
  }
  return n;
}

/** @param {number} sequence */
function note(sequence) {
  result.received++;
  if (result.first < 0) result.first = sequence;
  else if (sequence <= result.last) result.reordered++;
  else result.missing += sequence - result.last - 1;
  if (sequence > result.last) result.last = sequence;
}

function run() {
  let n = 0;
  for (let i = 0; i < 20; i++) {
    const got = take();
    n += got;
    if (got === 0) break;
  }
  if (stopAt > 0 && performance.now() > stopAt && n === 0) {
    result.lost = link.losses()['ring-loss'] ?? 0;
    link.close();
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  if (n > 0) setImmediate(run);
  else setTimeout(run, 1);
}
process.stdout.write('ready\n');
run();
