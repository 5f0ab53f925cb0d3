// app.js node | app.js quipu KIND DEVICE ADDRESS offload|plain [GATEWAY]
//
// A program that uses sockets, of Node's own or of a Quipu host, and is told by lines on standard input what to do; each is
// answered by a line of JSON.
//   bulk down|up ADDRESS PORT WARM SECONDS       takes what a source sends, or sends to a sink
//   serve close|http PORT                        a server that closes each connection at once, or answers requests
//   calls ADDRESS PORT AT-ONCE WARM SECONDS      connections made and closed
//   requests ADDRESS PORT RATE WARM SECONDS      of http; RATE a second, or one at a time with 0
//   end

import { createInterface } from 'node:readline';
import { bulk } from './app/bulk.js';
import { atAFixedRate, oneAtATime, serveHttp } from './app/latency.js';
import { nodeNetwork, quipuNetwork } from './app/network.js';
import { closeAtOnce, connectionRate } from './app/rate.js';

const [which, kind, device, own, offload, gateway] = process.argv.slice(2);
const network =
  which === 'node' ? nodeNetwork() : quipuNetwork(kind, device, own, offload === 'offload', gateway);

/** @param {readonly string[]} words @returns {Promise<object>} */
async function obey([task, ...words]) {
  if (task === 'bulk') {
    const [direction, host, port, warm, seconds] = words;
    const to = { host, port: Number(port) };
    return bulk(network, to, direction === 'down', Number(warm), Number(seconds));
  }
  if (task === 'serve') {
    await (words[0] === 'http' ? serveHttp : closeAtOnce)(network, Number(words[1]));
    return {};
  }
  const [host, ...numbers] = words;
  const [port, amount, warm, seconds] = numbers.map(Number);
  const to = { host, port };
  if (task === 'calls') return connectionRate(network, to, amount, warm, seconds);
  if (task !== 'requests') throw new Error(`no such task: ${task}`);
  if (amount === 0) return oneAtATime(network, to, warm, seconds);
  return atAFixedRate(network, to, amount, warm, seconds);
}

console.log('{}');
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'end') break;
  const result = await obey(line.split(' '));
  console.log(JSON.stringify({ ...result, drops: network.drops() }));
}
process.exit(0); // what listens or is open goes with it
