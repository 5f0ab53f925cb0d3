import { createHash } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { request } from 'node:http';
import { LEFT, RIGHT, serve, TRANSFER_BYTES, tell } from './host-channel.js';
import { ip } from './ip.js';

// The right host of the demo: applications that talk to the left one through the Linux stack.

const ECHO_EVERY = 5;
const TRANSFER_EVERY = 1000;
const FORGET_EVERY = 1500;
const TELL_EVERY = 200;
/** How long the transfers on their way may take to end, in milliseconds. */
const HUSH_LIMIT = 2000;

const traffic = { echoesSent: 0, echoesAnswered: 0, transfers: 0, transfersBroken: 0 };
/** Those on their way. */
const transfers = new Set<Promise<void>>();
const timers: NodeJS.Timeout[] = [];
const socket = createSocket('udp4');
const body = Buffer.alloc(TRANSFER_BYTES, 'knots on a cord, ');
const digest = createHash('sha256').update(body).digest('hex');

serve({ talk, hush });

/**
 * Brings the link up and begins to talk; done when the first echo has come back. Answers whether every frame is
 * sent as one: else the kernel counts up to 64 KB of TCP as a single frame, which Quipu then cuts.
 */
async function talk(): Promise<boolean> {
  const done = (line: string) =>
    ip(line).then(
      () => true,
      () => false,
    );
  const [single] = await Promise.all([
    done('link set eth0 gso_max_segs 1'),
    // Left's first answer may find its carrier not noticed yet: ask again after 20 ms, not after a second. And ask
    // for as long as Linux does by itself: three times 20 ms would give a transfer up when the machine is busy.
    done('ntable change name arp_cache dev eth0 retrans 20 mcast_probes 150'),
  ]);
  await ip(`address add ${RIGHT.address}/24 dev eth0`, 'link set lo up', 'link set eth0 up');
  const answered = new Promise<void>((resolve) => {
    socket.on('message', () => {
      traffic.echoesAnswered++;
      resolve();
    });
  });
  socket.on('error', () => {}); // an unreachable left host shows as echoes without answer
  every(ECHO_EVERY, echo);
  await answered;
  every(TRANSFER_EVERY, transfer);
  // So that the two hosts ask for each other's addresses again.
  every(FORGET_EVERY, () => ip('neigh flush dev eth0').catch(() => {}));
  every(TELL_EVERY, () => tell('traffic', traffic));
  return single;
}

/** Falls silent for good, once what is on its way has ended. */
async function hush(): Promise<typeof traffic> {
  for (const timer of timers) clearInterval(timer);
  const patience = new Promise((resolve) => setTimeout(resolve, HUSH_LIMIT).unref());
  await Promise.race([Promise.all(transfers), patience]);
  await ip('link set eth0 down');
  return traffic;
}

function every(milliseconds: number, work: () => void): void {
  timers.push(setInterval(work, milliseconds));
  work();
}

function echo(): void {
  const data = Buffer.alloc(64 + (traffic.echoesSent % 400), traffic.echoesSent & 0xff);
  traffic.echoesSent++;
  socket.send(data, LEFT.echoPort, LEFT.address, () => {});
}

function transfer(): void {
  const ended = putOnce().then(
    (intact) => {
      if (intact) traffic.transfers++;
      else broken('the digest that came back is not that of what was sent');
    },
    (error: Error) => broken(error.message),
  );
  transfers.add(ended);
  void ended.then(() => transfers.delete(ended));
}

function broken(why: string): void {
  traffic.transfersBroken++;
  tell('log', `a transfer broke: ${why}`);
}

/** One transfer; answers whether it arrived as it was sent. */
function putOnce(): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const put = request({ host: LEFT.address, port: LEFT.httpPort, method: 'PUT', path: '/', agent: false });
    put.on('error', reject);
    put.on('response', (response) => {
      let answer = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        answer += text;
      });
      response.on('error', reject);
      response.on('end', () => resolve(answer === digest));
    });
    put.end(body);
  });
}
