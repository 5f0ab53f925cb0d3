// A web server of Node's on an IP stack of Quipu's: node examples/web-on-a-host.js tap0 10.9.0.2/24
// Makes the device tap0; `ip addr add 10.9.0.1/24 dev tap0` and curl http://10.9.0.2/ reach it from Linux.
import { createServer } from 'node:http';
import { createHost } from 'quipu';

const [device, address] = process.argv.slice(2);
if (address === undefined) {
  console.error('usage: node examples/web-on-a-host.js DEVICE ADDRESS/BITS, as root');
  process.exit(2);
}
const host = createHost({
  name: 'h1',
  links: [{ name: 'tap', link: { kind: 'tap', device }, mac: '02:00:00:00:00:51', addresses: [address] }],
});

const server = createServer((request, response) => {
  response.end(`hello from a stack of blocks: you are ${request.socket.remoteAddress}\n`);
});
host.listen(80, (socket) => server.emit('connection', socket));
console.log(`listening on ${address.split('/')[0]}, port 80`);
process.once('SIGTERM', () => {
  host.close();
  process.exit(0);
});
