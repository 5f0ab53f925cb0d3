// node many-flows.js send DEVICE FLOWS RATE MAC: sends UDP frames of so many flows by turns, each flow's numbered from 0,
// at RATE frames a second until SIGTERM, then prints {"sent": N}.
// node many-flows.js collect DEVICE FLOWS: takes them until SIGTERM, then prints received, flows (seen), missing and
// reordered (within their flows) and lost (by its own ring). Prints "ready" when it listens.

import { SendStop } from '../../../dist/contract/link.js';
import { Pool } from '../../../dist/engine/pool.js';
import { openAfPacket } from '../../../dist/links/af-packet/link.js';
import { systemClock } from '../../../dist/linux/clock.js';
import { MARK, sequenceAt, template } from './numbered-frames.js';

const SOURCE_PORT = 34;
const FIRST_PORT = 10_000;
const [mode, device, flowsText, rateText, mac] = process.argv.slice(2);
const flows = Number(flowsText);
const at = sequenceAt('udp');
const context = { pool: new Pool({ size: 512 }), clock: systemClock, random: () => 0 };
let stopped = false;
process.on('SIGTERM', () => {
  stopped = true;
});

function send() {
  const rate = Number(rateText);
  const link = openAfPacket({ kind: 'af-packet', device }, context);
  const bytes = template(
    'udp',
    64,
    Uint8Array.from(mac.split(':'), (byte) => Number.parseInt(byte, 16)),
  );
  const frames = Array.from({ length: 64 }, () => {
    const frame = context.pool.allocate();
    if (frame === null) throw new Error('pool too small');
    frame.fill(bytes);
    return frame;
  });
  let sent = 0;
  const start = performance.now();
  const run = () => {
    const due = Math.floor(((performance.now() - start) / 1000) * rate) - sent;
    const n = Math.min(64, due);
    for (let i = 0; i < n; i++) {
      frames[i].setU16(SOURCE_PORT, FIRST_PORT + ((sent + i) % flows));
      frames[i].setU32(at, Math.floor((sent + i) / flows));
    }
    let from = 0;
    while (from < n && !stopped) {
      from += link.send(frames, from, n);
      if (link.stopped === SendStop.down) break;
    }
    sent += from;
    if (!stopped) return void (due > 64 ? setImmediate(run) : setTimeout(run, 1));
    link.close();
    process.stdout.write(`${JSON.stringify({ sent })}\n`);
  };
  process.stdout.write('ready\n');
  run();
}

function collect() {
  const spec = { kind: 'af-packet', device, promiscuous: true, receiveBuffer: 128 << 20, io: 'recvmmsg' };
  const link = openAfPacket(spec, context);
  const last = new Int32Array(flows).fill(-1);
  const result = { received: 0, flows: 0, missing: 0, reordered: 0, lost: 0 };
  /** @type {import('../../../dist/engine/frame.js').PoolFrame[]} */
  const batch = [];
  let quietSince = performance.now();
  const take = () => {
    const n = link.receive(batch, 64);
    for (let i = 0; i < n; i++) {
      const frame = batch[i];
      if (frame.u16(12) === 0x0800 && frame.u16(at + 4) === MARK)
        note(frame.u16(SOURCE_PORT) - FIRST_PORT, frame.u32(at));
      context.pool.release(frame);
    }
    return n;
  };
  const note = (/** @type {number} */ flow, /** @type {number} */ number) => {
    result.received++;
    if (last[flow] < 0) result.flows++;
    if (number <= last[flow]) {
      result.reordered++;
      return;
    }
    result.missing += number - last[flow] - 1;
    last[flow] = number;
  };
  const run = () => {
    const n = take();
    if (n > 0) quietSince = performance.now();
    // What is on its way when it is stopped still counts.
    if (!stopped || performance.now() - quietSince < 300)
      return void (n > 0 ? setImmediate(run) : setTimeout(run, 1));
    result.lost = link.losses()['ring-loss'] ?? 0;
    link.close();
    process.stdout.write(`${JSON.stringify(result)}\n`);
  };
  process.stdout.write('ready\n');
  run();
}

if (mode === 'send') send();
else collect();
