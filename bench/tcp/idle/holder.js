// node --expose-gc holder.js WHAT SIDE EXCHANGE LOCAL REMOTE: one end of many idle connections. Told on its standard input:
//   open N PORT   (the client) calls the server N times more, and says "open" when all have carried their bytes
//   measure       prints what it holds, and the memory in use

import { createInterface } from 'node:readline';
import { holders } from './holders.js';

const [what, side, exchange, local, remote] = process.argv.slice(2);
/** Calls that are being made at the same time. */
const AT_ONCE = 100;

const holder = await holders[what](side === 'server', Buffer.alloc(Number(exchange), 'wool '), local, remote);
console.log(JSON.stringify({ port: holder.port }));

/** @param {number} count @param {number} port */
async function open(count, port) {
  let left = count;
  const caller = async () => {
    while (left > 0) {
      left--;
      await holder.call(port);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, caller));
}

for await (const line of createInterface({ input: process.stdin })) {
  const [word, count, port] = line.split(' ');
  if (word === 'open') {
    await open(Number(count), Number(port));
    console.log('open');
  } else {
    for (let i = 0; i < 4; i++) {
      globalThis.gc?.();
      await new Promise(setImmediate); // what waits for finalization
    }
    const { heapUsed, external, rss } = process.memoryUsage();
    console.log(JSON.stringify({ held: holder.held(), heap: heapUsed, external, rss }));
  }
}
process.exit(0); // the one who asks has gone
