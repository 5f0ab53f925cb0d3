// node run.js WAY COUNT GAP BURST: a worker sends COUNT frames, BURST at a time every GAP nanoseconds, through a ring to
// this thread, which sleeps whenever it has read all. Prints latencies and costs as one line of JSON.

import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { createRing, RingReader } from '../../dist/links/shared/ring.js';
import { EventFd } from '../../dist/linux/event-fd.js';
import { percentile } from '../shared/statistics.js';
import { listen } from './way.js';

const [way, ...numbers] = process.argv.slice(2);
const [count, gap, burst] = numbers.map(Number);
const ring = createRing({ bytes: 1 << 22 });
const reader = new RingReader(ring);
const start = process.hrtime.bigint();
const shared = { word: new SharedArrayBuffer(4), fd: new EventFd().fd };

/** Nanoseconds that this thread has run. */
const ran = () => Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ')[0]);

/** @type {number[]} */
const latencies = [];
let wakes = 0;
let cpuAtFirst = 0;
let cpu = 0;
/** @type {{ costs: number[], overflow: number } | undefined} */
let sent;

const worker = new Worker(new URL('./worker.js', import.meta.url), {
  workerData: { way, shared, ring, start, count, gap, burst },
});
worker.on('message', (message) => {
  if (message.type !== 'sent') return;
  sent = message;
  end();
});
listen(way, shared, worker, () => {
  wakes++;
  do {
    while (reader.next()) {
      const latency = Number(process.hrtime.bigint() - start) - reader.timestamp;
      if (latencies.length === 0) cpuAtFirst = ran();
      latencies.push(latency);
    }
    reader.release();
  } while (!reader.sleep());
  if (latencies.length === count) cpu = ran() - cpuAtFirst;
  end();
});
reader.sleep();

function end() {
  if (sent === undefined || latencies.length < count) return;
  const { costs, overflow } = sent;
  if (overflow > 0) throw new Error(`${overflow} frames found no room`);
  const micros = (/** @type {number} */ ns) => ns / 1000;
  console.log(
    JSON.stringify({
      p50: micros(percentile(latencies, 0.5)),
      p99: micros(percentile(latencies, 0.99)),
      wakes,
      wakeCost: micros(percentile(costs, 0.5)),
      readerCpu: micros(cpu / count),
    }),
  );
  process.exit(0);
}
