// node delay.js A B MILLISECONDS: a node that hands the frames of each of two devices to the other so much later.

import { startNode } from '../../dist/index.js';

const [a, b, time] = process.argv.slice(2);
const node = await startNode();

/** @param {string} device */
const link = (device) => ({
  do: /** @type {const} */ ('add'),
  name: device,
  type: 'ethernet',
  config: { link: { kind: 'af-packet', device }, promiscuous: true, exclusive: true },
});
/** @param {string} name */
const delay = (name) => ({
  do: /** @type {const} */ ('add'),
  name,
  type: 'delay',
  config: { time: `${time}ms` },
});
/** @param {string} from @param {string} to */
const tie = (from, to) => ({ do: /** @type {const} */ ('connect'), from, port: 'ingress', to });

await node.transaction([
  ...[link(a), link(b), delay('there'), delay('back')],
  ...[tie(a, 'there'), tie('there', b), tie(b, 'back'), tie('back', a)],
]);
console.log('ready');
