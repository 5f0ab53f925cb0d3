// host-app.js DEVICE ADDRESS,… [offload] [tls=DIRECTORY]
// A host of Quipu's on a TAP device, with servers on it:
//   80    node:http: GET /bytes/N sends N bytes of content.js; what is sent is summed up and answered by "LENGTH SHA256"
//   443   the same by node:https, with key.pem and cert.pem of the directory
//   7     echo
//   9     reads to the end and answers "LENGTH SHA256"
//   13    resets the connection once something has come
//   19    sends as many bytes of content.js as the first line says
// and clients that it is told to be by lines on standard input, each answered by a line:
//   get URL, put URL BYTES              HTTP or HTTPS over the host: status, length, sha256 of the answer
//   take ADDRESS PORT                   reads to the end: length, sha256
//   give ADDRESS PORT BYTES             sends so many, and waits for the other end's: "sent", largest segment
//   connect ADDRESS PORT                "connected", or the error's code
//   hear ADDRESS PORT                   sends a line and reads: what came, or the error's code
//   many N ADDRESS PORT                 N connections at once, a line through each: how many came back
//   state                               drops, account and free frames
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { createServer as createTlsServer, request as tlsRequest } from 'node:https';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createHost, hostAgent, hostTlsAgent } from '../../../dist/index.js';
import { content, sumOf } from './content.js';

/** @typedef {import('node:net').Socket} Socket */

const [device, addresses, ...options] = process.argv.slice(2);
const tap = { kind: 'tap', device, offload: options.includes('offload') };
const host = createHost({
  name: 'h1',
  gateway: ['10.9.4.1', 'fd94::1'],
  links: [
    { name: 'tap', link: tap, mac: '02:00:00:00:00:51', addresses: addresses.split(','), check: 'off' },
  ],
});
const directory = options.find((option) => option.startsWith('tls='))?.slice(4);
const own = directory
  ? { key: readFileSync(`${directory}/key.pem`), cert: readFileSync(`${directory}/cert.pem`) }
  : {};
const agents = {
  'http:': hostAgent(host, { keepAlive: false }),
  'https:': hostTlsAgent(host, { keepAlive: false, ca: own.cert }),
};

/** @param {number} length */
const source = (length) => Readable.from(content(length), { objectMode: false });
/** @param {unknown} error */
const codeOf = (error) => `error ${error instanceof Error && 'code' in error ? error.code : error}`;
/** What an end does when the other one breaks off is nothing. @param {Socket} socket */
const calm = (socket) => socket.on('error', () => {});

/** @type {import('node:http').RequestListener} */
const answer = async (question, response) => {
  const sum = await sumOf(question);
  const wanted = /^\/bytes\/(\d+)$/.exec(question.url ?? '');
  if (wanted) await pipeline(source(Number(wanted[1])), response);
  else response.end(`${sum}\n`);
};
const web = createServer(answer);
host.listen(80, (socket) => web.emit('connection', socket));
if (directory) {
  const secure = createTlsServer(own, answer);
  host.listen(443, (socket) => secure.emit('connection', socket));
}
host.listen(7, (socket) => calm(socket).pipe(socket));
host.listen(
  9,
  // Who reads a stream to its end by `for await` destroys it, unless he says otherwise.
  async (socket) => calm(socket).end(`${await sumOf(socket.iterator({ destroyOnReturn: false }))}\n`),
  { allowHalfOpen: true },
);
host.listen(13, (socket) => calm(socket).once('data', () => socket.resetAndDestroy()));
host.listen(
  19,
  (socket) => {
    calm(socket).once('data', (line) => pipeline(source(Number(line)), socket).catch(() => {}));
  },
  { allowHalfOpen: true },
);

/** @param {string} method @param {string} url @param {number} length */
async function fetchOver(method, url, length) {
  const secure = url.startsWith('https:');
  const agent = secure ? agents['https:'] : agents['http:'];
  // Linux's certificate is ours.
  const sent = (secure ? tlsRequest : request)(url, { method, agent, servername: 'peer' });
  const [[response]] = await Promise.all([once(sent, 'response'), pipeline(source(length), sent)]);
  return `${response.statusCode} ${await sumOf(response)}`;
}

/** @param {string} address @param {string} port */
const call = (address, port) => host.connect({ host: address, port: Number(port), allowHalfOpen: true });

/** @param {string} address @param {string} port @param {number} length */
async function give(address, port, length) {
  const socket = call(address, port);
  await pipeline(source(length), socket, { end: true });
  const { segment } = socket.beneath ?? {};
  await sumOf(socket);
  return `sent ${segment}`;
}

/** @param {string} address @param {string} port @param {string} line */
async function hear(address, port, line) {
  const socket = call(address, port);
  socket.write(line);
  const { value } = await socket[Symbol.asyncIterator]().next();
  socket.destroy();
  return value === undefined ? 'end' : String(value).trim();
}

/** @param {number} count @param {string} address @param {string} port */
async function many(count, address, port) {
  const sockets = Array.from({ length: count }, () => call(address, port));
  // None says anything before all are connected.
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const answers = await Promise.all(
    sockets.map(async (socket, i) => {
      socket.end(`line ${i}\n`);
      let text = '';
      for await (const piece of socket) text += piece;
      return text === `line ${i}\n`;
    }),
  );
  return answers.filter(Boolean).length;
}

/** @param {string} word @param {string[]} words @returns {Promise<unknown>} */
async function obey(word, [one, two, three]) {
  if (word === 'get') return fetchOver('GET', one, 0);
  if (word === 'put') return fetchOver('PUT', one, Number(two));
  if (word === 'take') return sumOf(call(one, two));
  if (word === 'give') return give(one, two, Number(three));
  if (word === 'hear') return hear(one, two, 'anybody there?\n');
  if (word === 'many') return many(Number(one), two, three);
  if (word === 'connect') {
    const socket = call(one, two);
    await once(socket, 'connect');
    socket.destroy();
    return 'connected';
  }
  const { engine } = host;
  return JSON.stringify({ drops: engine.drops(), totals: engine.totals(), free: engine.pool.free });
}

console.log('ready');
for await (const line of createInterface({ input: process.stdin })) {
  const [word, ...words] = line.split(' ');
  console.log(await obey(word, words).catch(codeOf));
}
host.close();
process.exit(0);
