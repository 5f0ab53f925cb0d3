// node reflect.js DEVICE SECONDS: sends numbered frames back to where they came from, until none has come for so long.
// Prints "ready".

import { Pool } from '../../../dist/engine/pool.js';
import { openAfPacket } from '../../../dist/links/af-packet/link.js';
import { systemClock } from '../../../dist/linux/clock.js';
import { Poller } from '../../../dist/linux/poll.js';
import { MARK, sequenceAt } from './numbered-frames.js';

const [device, seconds] = process.argv.slice(2);
const at = sequenceAt('raw');
const pool = new Pool({ size: 512 });
const link = openAfPacket(
  { kind: 'af-packet', device, promiscuous: true },
  { pool, clock: systemClock, random: () => 0 },
);
const poller = new Poller();
poller.add(link.fd);
/** @type {import('../../../dist/engine/frame.js').PoolFrame[]} */
const batch = [];
process.stdout.write('ready\n');

const patience = Number(seconds) * 1000;
let end = performance.now() + patience;
let reflected = 0;
while (performance.now() < end) {
  poller.wait(50);
  const n = link.receive(batch, 64);
  for (let i = 0; i < n; i++) {
    const frame = batch[i];
    if (frame.u16(at + 4) === MARK) {
      swapAddresses(frame);
      reflected += link.send(batch, i, i + 1);
      end = performance.now() + patience;
    }
    pool.release(frame);
  }
}
link.close();
process.stdout.write(`${JSON.stringify({ reflected })}\n`);

/** @param {import('../../../dist/engine/frame.js').PoolFrame} frame */
function swapAddresses(frame) {
  for (let i = 0; i < 6; i++) {
    const to = frame.u8(i);
    frame.setU8(i, frame.u8(i + 6));
    frame.setU8(i + 6, to);
  }
}
