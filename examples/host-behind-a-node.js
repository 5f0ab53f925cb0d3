// A web server on a host of Quipu's, behind a node whose blocks run in a thread of their own:
//   node examples/host-behind-a-node.js tap0 10.9.0.2/24
// Makes the device tap0; `ip addr add 10.9.0.1/24 dev tap0` and curl http://10.9.0.2/ reach it from Linux.
import { createServer } from 'node:http';
import { createHost, startNode } from 'quipu';

const [device, address] = process.argv.slice(2);
if (address === undefined) {
  console.error('usage: node examples/host-behind-a-node.js DEVICE ADDRESS/BITS, as root');
  process.exit(2);
}
const node = await startNode();
await node.transaction([
  { do: 'add', name: 'wire', type: 'ethernet', config: { link: { kind: 'tap', device } } },
  { do: 'add', name: 'sw0', type: 'bridge' },
  { do: 'bind', upper: 'sw0', lower: 'wire' },
]);
const link = await node.hostLink({ on: 'sw0', name: 'h1' });
const host = createHost({
  name: 'h1',
  links: [{ name: 'eth', link, mac: '02:00:00:00:00:51', addresses: [address] }],
});

const server = createServer(async (_request, response) => {
  const { counters } = await node.show('h1');
  response.end(`hello from behind a node: ${counters.received} frames have come\n`);
});
host.listen(80, (socket) => server.emit('connection', socket));
console.log(`listening on ${address.split('/')[0]}, port 80`);
process.once('SIGTERM', async () => {
  host.close();
  await node.close();
});
