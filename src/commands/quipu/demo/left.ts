import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { startNode } from '../../../api/node.js';
import type { RequestInput } from '../../../control/service.js';
import { figureC1 } from '../../shared/figure-c1.js';
import { LEFT, serve, tell } from './host-channel.js';
import { ip } from './ip.js';

// The left host of the demo, in a network namespace of its own: servers on the Linux stack, and Quipu on its eth0.

/** How long frames that the kernel has counted may take to be read, in milliseconds. */
const SETTLE_LIMIT = 1000;

const starting = startNode({ onLog: (line) => tell('log', line) });

serve({
  tie,
  request: async (request: RequestInput) => (await starting).request(request),
  received,
  close: async () => (await starting).close(),
});

/** Joins this namespace to that of another process, hooks the link and ties figure C.1 on it. */
async function tie(peer: number): Promise<void> {
  await ip(
    // Equal indexes on both sides would make the kernel notice the carrier up to a second later.
    `link add eth0 index 11 type veth peer name eth0 index 12 netns ${peer}`,
    `address add ${LEFT.address}/24 dev eth0`,
    'link set lo up',
    'link set eth0 up',
  );
  await Promise.all([serveEcho(), serveHttp()]);
  const node = await starting;
  // The other end is still down: so nothing can come before the hook, and the kernel counts what Quipu counts.
  await node.transaction([
    { do: 'add', name: 'eth0', type: 'ethernet', config: { link: 'eth0' } },
    ...figureC1('eth0'),
  ]);
}

async function serveEcho(): Promise<void> {
  const socket = createSocket('udp4');
  socket.on('message', (data, from) => socket.send(data, from.port, from.address, () => {}));
  socket.bind(LEFT.echoPort, LEFT.address);
  await once(socket, 'listening');
}

/** Takes what is put there and answers its digest. */
async function serveHttp(): Promise<void> {
  const server = createServer((request, response) => {
    const digest = createHash('sha256');
    request.on('data', (chunk: Buffer) => digest.update(chunk));
    request.on('end', () => response.end(digest.digest('hex')));
  });
  server.listen(LEFT.httpPort, LEFT.address);
  await once(server, 'listening');
}

/** The kernel's count of frames received on eth0, once Quipu has had the time to read them. */
async function received(): Promise<number> {
  const count = kernelCount();
  const node = await starting;
  const limit = performance.now() + SETTLE_LIMIT;
  while ((await node.status()).totals.in < count && performance.now() < limit) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return count;
}

/** /proc/net/dev: for each interface bytes and packets received, … (/sys shows the first namespace's interfaces.) */
function kernelCount(): number {
  const row = /^\s*eth0:\s*\d+\s+(\d+)/m.exec(readFileSync('/proc/net/dev', 'utf8'));
  return row === null ? 0 : Number(row[1]);
}
