// node quipu-bridge.js A B: a node whose bridge joins two devices, until SIGTERM. Prints "ready" when it does.

import { startNode } from '../../dist/index.js';

const devices = process.argv.slice(2);
const node = await startNode();
await node.transaction([
  { do: 'add', name: 'lan', type: 'bridge' },
  ...devices.flatMap((device, i) => [
    {
      do: /** @type {const} */ ('add'),
      name: device,
      type: 'ethernet',
      config: { link: device, promiscuous: true, exclusive: true },
    },
    { do: /** @type {const} */ ('connect'), from: device, port: 'ingress', to: 'lan' },
    { do: /** @type {const} */ ('connect'), from: 'lan', port: `egress${i}`, to: device },
  ]),
]);
console.log('ready');
process.on('SIGTERM', async () => {
  await node.close();
  process.exit(0);
});
setInterval(() => {}, 1 << 30); // the node's thread alone does not keep the process
