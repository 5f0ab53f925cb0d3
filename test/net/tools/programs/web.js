// A program that knows nothing of Quipu: a web server, and a client of another one. It ends by itself.
import { createSocket } from 'node:dgram';
import { createServer, get } from 'node:http';

const [other, port] = process.argv.slice(2);
const server = createServer((request, response) => {
  response.end(`hello ${request.socket.remoteAddress} at ${request.socket.localAddress}\n`);
  if (request.url === '/last') server.close();
});
server.listen(Number(port), () => {
  console.log('listening');
  get(other, async (answer) => {
    let text = '';
    for await (const chunk of answer) text += chunk;
    console.log(`${answer.statusCode} ${text.trim()} from ${answer.socket.remoteAddress}`);
    const fetched = await fetch(other);
    console.log(`${fetched.status} ${(await fetched.text()).trim()}`);
    const udp = createSocket('udp4', (message, from) => {
      console.log(`udp ${message} from ${from.address}`);
      udp.close();
    });
    udp.bind(5353, () => console.log('udp ready'));
  });
});
