// host-node-app.js DEVICE ADDRESS [RING-BYTES]
// A node with a TAP device and a bridge on it, and a host of Quipu's on that, behind rings in memory, with a web server:
// GET /bytes/N sends N bytes of content.js; what is sent is summed up and answered by "LENGTH SHA256".
// Lines on standard input, each answered by a line:
//   retie on     changes the node's graph between TAP and bridge from now on, as fast as it goes: "going"
//   retie off    how many changes there were
//   state        drops, accounts and free frames of both engines
//   cut          removes the host's block from the node: the state of the host's link, as soon as that has changed
//   die          makes the node's thread die of an error: the state of the host's link, as soon as that has changed
//   end          closes the host: once its block has gone, closes the node; names of the blocks that were left, account
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHost, startNode } from '../../../dist/index.js';
import { content, sumOf } from './content.js';

const [device, address, ringBytes] = process.argv.slice(2);
const node = await startNode();
await node.transaction([
  { do: 'add', name: 'tap', type: 'ethernet', config: { link: { kind: 'tap', device }, promiscuous: true } },
  { do: 'add', name: 'sw0', type: 'bridge' },
  { do: 'bind', upper: 'sw0', lower: 'tap' },
  // What comes from TAP goes this way, where the blocks are changed; a bridge's way down has to be direct.
  { do: 'add', name: 'way0', type: 'counter' },
  { do: 'disconnect', from: 'tap', port: 'ingress' },
  { do: 'connect', from: 'tap', port: 'ingress', to: 'way0' },
  { do: 'connect', from: 'way0', port: 'ingress', to: 'sw0' },
]);
const link = await node.hostLink({
  ...{ on: 'sw0', name: 'h1' },
  ...(ringBytes === undefined ? {} : { ringBytes: Number(ringBytes) }),
});
const host = createHost({
  name: 'h1',
  links: [{ name: 'eth', link, mac: '02:00:00:00:00:51', addresses: [address], check: 'off' }],
});
const web = createServer(async (question, response) => {
  const sum = await sumOf(question);
  const wanted = /^\/bytes\/(\d+)$/.exec(question.url ?? '');
  const pieces = wanted && Readable.from(content(Number(wanted[1])), { objectMode: false });
  if (pieces) await pipeline(pieces, response);
  else response.end(`${sum}\n`);
});
host.listen(80, (socket) => web.emit('connection', socket));

let changes = 0;
let going = false;
let idle = Promise.resolve();

/** Puts another counter in the place of the last, with its state, and by turns a block behind it, or takes that away. */
async function retie() {
  while (going) {
    const [old, next] = [`way${changes}`, `way${++changes}`];
    await node.transaction([
      { do: 'add', name: next, type: 'counter' },
      { do: 'replace', old, new: next },
      ...extra(next),
    ]);
  }
}

/** @typedef {import('../../../dist/control/actions.js').ActionInput} Action */

/** @param {string} way @returns {Action[]} */
function extra(way) {
  /** @param {string} to @returns {Action[]} */
  const lead = (to) => [
    { do: 'disconnect', from: way, port: 'ingress' },
    { do: 'connect', from: way, port: 'ingress', to },
  ];
  if (changes % 2 === 0) return [...lead('sw0'), { do: 'rm', name: 'more', mode: 'force' }];
  return [
    { do: 'add', name: 'more', type: 'forward' },
    { do: 'connect', from: 'more', port: 'ingress', to: 'sw0' },
    ...lead('more'),
  ];
}

/** @param {() => boolean | Promise<boolean>} done */
async function until(done) {
  while (!(await done())) await sleep(10);
}

const linkState = () => host.engine.joints()[0].state;
const stateOf = async () => {
  const { engine } = host;
  return {
    node: await node.status(),
    host: { totals: engine.totals(), drops: engine.drops(), free: engine.pool.free, size: engine.pool.size },
  };
};

/** @param {string} command */
async function obey(command) {
  switch (command) {
    case 'retie on':
      going = true;
      idle = retie();
      return 'going';
    case 'retie off':
      going = false;
      await idle;
      return changes;
    case 'cut':
      await node.transaction([{ do: 'rm', name: 'h1', mode: 'force' }]);
      await until(() => linkState() !== 'up');
      return linkState();
    case 'die': {
      const { workers } = /** @type {{ workers: { worker: import('node:worker_threads').Worker }[] }} */ (
        /** @type {unknown} */ (node.handle)
      );
      workers[0].worker.postMessage(null); // no call: the thread dies of it
      node.handle.ring();
      await until(() => linkState() !== 'up');
      const state = linkState();
      host.close();
      return state;
    }
    case 'end': {
      going = false;
      await idle;
      host.close();
      await until(async () => !(await node.list()).some(({ name }) => name === 'h1'));
      const names = (await node.list()).map(({ name }) => name);
      return JSON.stringify({ names, status: await node.close() });
    }
    default:
      return JSON.stringify(await stateOf());
  }
}

console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  console.log(await obey(line));
  if (line === 'end' || line === 'die') break;
}
// Nothing but this keeps the process alive now.
process.stdin.destroy();
