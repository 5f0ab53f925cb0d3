// node meter.js MILLISECONDS PORT PORT …: takes what is sent to each port, and prints every so often the time in seconds
// and the bytes of each so far.

import { createServer } from 'node:net';

const [every, ...ports] = process.argv.slice(2).map(Number);
const bytes = ports.map(() => 0);

await Promise.all(
  ports.map((port, i) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.on('data', (chunk) => {
        bytes[i] += chunk.length;
      });
    });
    return new Promise((resolve) => server.listen(port, '0.0.0.0', () => resolve(undefined)));
  }),
);
console.log('ready');
setInterval(() => console.log(JSON.stringify({ at: performance.now() / 1000, bytes })), every);
