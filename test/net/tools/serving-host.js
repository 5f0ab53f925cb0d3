// serving-host.js LINK-AS-JSON MAC|- ADDRESS [FETCH-URL]
// A host of Quipu's on any kind of link, with node:http at port 80: GET /N answers N bytes of content.js, a request with a
// body "LENGTH SHA256" of it. With a URL it fetches that over the host, prints "LENGTH SHA256" and ends.
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createHost, hostAgent } from '../../../dist/index.js';
import { content, sumOf } from './content.js';

const [link, mac, address, url] = process.argv.slice(2);
const host = createHost({
  name: 'h1',
  links: [
    {
      ...{ name: 'l', link: JSON.parse(link), addresses: [address], check: 'off', ipv6: 'off' },
      ...(mac === '-' ? {} : { mac }),
    },
  ],
});

if (url) {
  const [response] = await once(get(url, { agent: hostAgent(host, { keepAlive: false }) }), 'response');
  console.log(await sumOf(response));
  host.close();
} else {
  const web = createServer(async (question, response) => {
    const sum = await sumOf(question);
    const wanted = /^\/(\d+)$/.exec(question.url ?? '');
    if (!wanted) response.end(`${sum}\n`);
    else await pipeline(Readable.from(content(Number(wanted[1])), { objectMode: false }), response);
  });
  const server = host.listen(80, (socket) => web.emit('connection', socket));
  await once(server, 'listening');
  console.log('ready');
}
