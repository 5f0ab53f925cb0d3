// node socket-app.js MODE DEVICE KIND ...: an application with a socket in a graph of its own process.
//
//   receive DEVICE KIND            hooks DEVICE (exclusive), takes numbered frames until SIGTERM, prints what it saw
//   send DEVICE KIND SIZE COUNT    hooks DEVICE, sends COUNT numbered frames, prints what became of them
//   chat DEVICE NAME               hooks DEVICE, sends every line of standard input as a datagram, prints those received
//                                  at the end of input
//
// "ready" is printed when the socket stands.

import { createInterface } from 'node:readline';
import { openSocket, startNode } from '../../../dist/index.js';
import { MARK, sequenceAt, TEST_TYPE, template } from './numbered-frames.js';

const [mode, device, kind, size, count] = process.argv.slice(2);
const node = await startNode({ pool: { size: 8192 } });
const spec = { kind: 'af-packet', device, receiveBuffer: 64 << 20 };
await node.transaction([
  {
    do: 'add',
    name: 'link',
    type: 'ethernet',
    config: { link: spec, promiscuous: true, exclusive: true, queue: 8192 },
  },
  { do: 'add', name: 'count', type: 'counter' },
  { do: 'bind', upper: 'count', lower: 'link' },
]);
const socket = await openSocket(node, { name: 'app', on: 'count', queueLimit: 8192 });

/** @param {Record<string, unknown>} extra */
async function finish(extra) {
  const counts = socket.counts();
  const app = await socket.show();
  await socket.close();
  const status = await node.close();
  const { totals, pool, drops } = status;
  process.stdout.write(
    `${JSON.stringify({ ...extra, counts, counters: app.counters, totals, pool, drops })}\n`,
  );
}

if (mode === 'receive') {
  const at = sequenceAt(kind);
  const seen = { received: 0, last: -1, missing: 0, reordered: 0 };
  socket.on('message', (frame) => {
    if (frame.length < at + 6 || frame.readUInt16BE(at + 4) !== MARK) return;
    const sequence = frame.readUInt32BE(at);
    seen.received++;
    if (sequence <= seen.last) seen.reordered++;
    else seen.missing += sequence - seen.last - 1;
    seen.last = Math.max(seen.last, sequence);
  });
  process.on('SIGTERM', () => setTimeout(() => void finish(seen), 300));
  process.stdout.write('ready\n');
} else if (mode === 'send') {
  process.stdout.write('ready\n');
  const at = sequenceAt(kind);
  const destination = Uint8Array.from([2, 0, 0, 0, 0, 0x99]);
  const frame = Buffer.from(template(kind, Number(size), destination));
  for (let i = 0; i < Number(count); i++) {
    frame.writeUInt32BE(i, at);
    while (!socket.send(frame)) await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const sent = Number(count);
  while ((await node.status()).totals.in < sent) await new Promise((resolve) => setTimeout(resolve, 10));
  await finish({ sent });
} else {
  const name = kind;
  /** @type {string[]} */
  const heard = [];
  socket.on('message', (frame) => {
    if (frame.readUInt16BE(12) === TEST_TYPE)
      heard.push(frame.subarray(14).toString('utf8').replace(/\0+$/, ''));
  });
  process.stdout.write('ready\n');
  for await (const line of createInterface({ input: process.stdin })) {
    const frame = Buffer.alloc(Math.max(60, 14 + Buffer.byteLength(line)));
    frame.set([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2, 0, 0, 0, 0, name.length], 0);
    frame.writeUInt16BE(TEST_TYPE, 12);
    frame.write(line, 14);
    socket.send(frame);
  }
  await finish({ heard });
}
