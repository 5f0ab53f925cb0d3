// An application with an end point of its own on a real link: node examples/application.js eth0
import { openSocket, startNode } from 'quipu';

const node = await startNode();
await node.transaction([{ do: 'add', name: 'eth', type: 'ethernet', config: { link: process.argv[2] } }]);
const socket = await openSocket(node, { on: 'eth', queueLimit: 512 });

let frames = 0;
socket.on('message', (frame, info) => {
  frames++;
  if (frames === 1)
    console.log(`first frame: ${frame.length} bytes, EtherType 0x${info.protocol.toString(16)}`);
});

const hello = Buffer.alloc(60);
hello.write('ffffffffffff', 'hex'); // to everybody
hello.write('025155495055', 6, 'hex'); // from a locally administered address
hello.writeUInt16BE(0x88b5, 12); // EtherType for local experiments
hello.write('hello, wire', 14);
socket.send(hello);

setTimeout(async () => {
  // A counter slips in between while frames flow; the application notices nothing.
  await node.transaction([
    { do: 'add', name: 'count', type: 'counter' },
    { do: 'unbind', upper: socket.name, lower: 'eth' },
    { do: 'bind', upper: 'count', lower: 'eth' },
    { do: 'bind', upper: socket.name, lower: 'count' },
  ]);
}, 500);

setTimeout(async () => {
  const { counters } = await node.show('count');
  await socket.close();
  const { totals } = await node.close();
  console.log(`${frames} frames read, ${counters.packets} of them through the counter, ${totals.out} sent`);
}, 1500);
