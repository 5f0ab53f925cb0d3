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

const traffic = { echoesSent: 0, echoesAnswered: 0, transfers: 0, transfersBroken: 0 };
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
    // Left's first answer may find its carrier not noticed yet: ask again after 20 ms, not after a second.
    done('ntable change name arp_cache dev eth0 retrans 20'),
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

/** Falls silent for good. */
async function hush(): Promise<typeof traffic> {
  for (const timer of timers) clearInterval(timer);
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
  const put = request({ host: LEFT.address, port: LEFT.httpPort, method: 'PUT', path: '/', agent: false });
  put.on('error', () => traffic.transfersBroken++);
  put.on('response', (response) => {
    let answer = '';
    response.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    response.on('end', () => {
      if (answer === digest) traffic.transfers++;
      else traffic.transfersBroken++;
    });
  });
  put.end(body);
}
