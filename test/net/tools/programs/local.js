// A program that knows nothing of Quipu: a server at the loopback address, one at a path, and a call that is refused.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';

const [path] = process.argv.slice(2);
const local = createServer((socket) => socket.end('tcp')).listen(0, '127.0.0.1');
await once(local, 'listening');
const place = local.address();
const tcp = connect(typeof place === 'object' && place ? place.port : 0);
const [bytes] = await once(tcp, 'data');
console.log(tcp.remoteAddress, String(bytes));
local.close();
const unix = createServer((socket) => socket.end('unix')).listen(path);
await once(unix, 'listening');
console.log(String((await once(connect(path), 'data'))[0]));
unix.close();
const refused = connect(9, '10.9.5.1');
refused.on('connect', () => console.log('connected'));
await once(refused, 'error');
console.log(refused.localAddress, 'refused');
