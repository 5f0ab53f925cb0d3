// host-app.js DEVICE ADDRESS PEER [offload]
// A host of Quipu's with a web server on it, and a client that it is told to be by lines on standard input:
//   get URL            fetches it over the host; prints status, length, sha256
//   put URL BYTES      sends so many bytes
//   connect PORT       tries to; prints "connected" or the error's code
//   many N PORT        N connections at once, a line through each
//   state              drops, account and connections
import { createHash } from 'node:crypto';
import { createServer, request } from 'node:http';
import { createInterface } from 'node:readline';
import { createHost, hostAgent } from '../../../dist/index.js';

const [device, address, peer, offload] = process.argv.slice(2);
const tap = { kind: 'tap', device, offload: offload === 'offload' };
const host = createHost({
  name: 'h1',
  links: [{ name: 'tap', link: tap, mac: '02:00:00:00:00:51', addresses: [address] }],
});
const agent = hostAgent(host, { keepAlive: false });
const server = createServer((q, r) => {
  const hash = createHash('sha256');
  let length = 0;
  q.on('data', (chunk) => {
    hash.update(chunk);
    length += chunk.length;
  });
  q.on('end', () => {
    const wanted = /^\/bytes\/(\d+)$/.exec(q.url ?? '');
    if (wanted) r.end(Buffer.alloc(Number(wanted[1]), 'knots '));
    else r.end(`${length} ${hash.digest('hex')}\n`);
  });
});
host.listen(80, (socket) => server.emit('connection', socket));
host.listen(7, (socket) => socket.pipe(socket));

/** @param {string} method @param {string} url @param {Buffer} [body] */
function fetchOver(method, url, body) {
  return new Promise((resolve) => {
    const { hostname, port, pathname } = new URL(url);
    const sent = request({ method, host: hostname, port: port || 80, path: pathname, agent }, (answer) => {
      const hash = createHash('sha256');
      let length = 0;
      answer.on('data', (chunk) => {
        hash.update(chunk);
        length += chunk.length;
      });
      answer.on('end', () => resolve(`${answer.statusCode} ${length} ${hash.digest('hex')}`));
    });
    sent.on('error', (error) => resolve(`error ${'code' in error ? error.code : error.message}`));
    sent.end(body);
  });
}

/** Sends the line, if there is one, when `gate` is through. @param {number} port @param {string} [line] @param {() => Promise<void>} [gate] */
function connect(port, line, gate = async () => {}) {
  return new Promise((resolve) => {
    const socket = host.connect({ host: peer, port });
    let text = '';
    socket.on('connect', () => {
      if (line === undefined) {
        socket.destroy();
        resolve('connected');
      } else gate().then(() => socket.end(line));
    });
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('end', () => resolve(text));
    socket.on('error', (error) => resolve(`error ${'code' in error ? error.code : error.message}`));
  });
}

console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [word, one, two] = line.split(' ');
  if (word === 'get') console.log(await fetchOver('GET', one));
  else if (word === 'put') console.log(await fetchOver('PUT', one, Buffer.alloc(Number(two), 'wool ')));
  else if (word === 'connect') console.log(await connect(Number(one)));
  else if (word === 'many') {
    let missing = Number(one);
    /** @type {() => void} */
    let open = () => {};
    /** @type {Promise<void>} */
    const opened = new Promise((resolve) => {
      open = resolve;
    });
    // None says anything before all are connected.
    const gate = () => {
      if (--missing === 0) open();
      return opened;
    };
    const all = Array.from({ length: missing }, (_, i) => connect(Number(two), `line ${i}\n`, gate));
    const answers = await Promise.all(all);
    console.log(answers.filter((answer, i) => answer === `line ${i}\n`).length);
  } else if (word === 'state') {
    const { engine } = host;
    console.log(JSON.stringify({ drops: engine.drops(), totals: engine.totals(), free: engine.pool.free }));
  }
}
host.close();
process.exit(0);
