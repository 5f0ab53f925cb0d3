// node quipu.js MODE DEVICE [IO]: a node that counts the frames of a device between "start" and "stop" on its
// standard input, in one of three ways:
//   count     in the graph: link → counter → discard
//   message   in an application: a socket on the link, an event for each frame
//   receive   in an application: a socket on the link, a call of receive() for each frame
//   into      the same with receiveInto(): every frame into one buffer of the application's, as recvfrom(2) does

import { createInterface } from 'node:readline';
import { setImmediate as turn } from 'node:timers/promises';
import { openSocket, startNode } from '../../dist/index.js';

const [mode, device, io = 'auto'] = process.argv.slice(2);
/** Frames taken by receive() before the event loop gets its turn. */
const BURST = 256;

const node = await startNode();

async function hook() {
  const link = { kind: 'af-packet', device, io };
  await node.transaction([
    { do: 'add', name: 'link', type: 'ethernet', config: { link, promiscuous: true } },
  ]);
}

async function unhook() {
  await node.transaction([{ do: 'rm', name: 'link', mode: 'force' }]);
}

/** Frames that the link, and the queues in front of the application, lost since the node began; by reason. */
async function losses() {
  /** @type {Record<string, number>} */
  const by = {};
  for (const { reason, count } of (await node.status()).drops) by[reason] = (by[reason] ?? 0) + count;
  return by;
}

/** @returns {Promise<() => Promise<number>>} how to stop it, which answers the frames that it got */
async function count() {
  await hook();
  await node.transaction([
    { do: 'add', name: 'counter', type: 'counter' },
    { do: 'add', name: 'end', type: 'discard' },
    { do: 'bind', upper: 'counter', lower: 'link' },
    { do: 'bind', upper: 'end', lower: 'counter' },
  ]);
  return async () => {
    const { packets } = (await node.show('counter')).counters;
    await unhook();
    for (const name of ['counter', 'end']) await node.transaction([{ do: 'rm', name, mode: 'force' }]);
    return packets;
  };
}

/** @type {typeof count} */
async function listen() {
  let frames = 0;
  await hook();
  const socket = await openSocket(node, { on: 'link' });
  socket.on('message', () => {
    frames++;
  });
  return async () => {
    await socket.close();
    await unhook();
    return frames;
  };
}

/** @param {(socket: import('../../dist/index.js').QuipuSocket) => unknown} one null when no frame waits */
async function take(one) {
  let frames = 0;
  await hook();
  const socket = await openSocket(node, { on: 'link' });
  const loop = async () => {
    for (;;) {
      let left = BURST;
      while (left > 0 && one(socket) !== null) left--;
      frames += BURST - left;
      if (socket.closed) return;
      await (left === 0 ? turn() : socket.readable());
    }
  };
  const ended = loop();
  return async () => {
    await socket.close();
    await ended;
    await unhook();
    return frames;
  };
}

const memory = new Uint8Array(2048);
const start = {
  count,
  message: listen,
  receive: () => take((socket) => socket.receive()),
  into: () => take((socket) => socket.receiveInto(memory)),
}[mode];
if (start === undefined) throw new Error(`unknown mode ${mode}`);
let stop = async () => 0;
/** @type {Record<string, number>} */
let before = {};
for await (const line of createInterface({ input: process.stdin })) {
  if (line === 'start') {
    before = await losses();
    stop = await start();
    console.log('ready');
  } else {
    const received = await stop();
    const now = Object.entries(await losses());
    const lost = Object.fromEntries(now.map(([reason, count]) => [reason, count - (before[reason] ?? 0)]));
    console.log(JSON.stringify({ received, lost }));
  }
}
await node.close();
