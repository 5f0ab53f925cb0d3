// One bottleneck, and those who share it: senders – router – delay – far.
//
// The router is the kernel's: a token bucket (tbf) with a queue of as many bytes as fill the path, in front of the delay.
// The delay is two blocks of a Quipu node, one for each direction: kernels are not always built with netem. A sender of
// ours is a host on a TAP device of the router; one of Linux's is a namespace joined to the router by veth.

import { join } from 'node:path';
import { Talker } from '../shared/process.js';
import { appFile, peerCommand } from '../tcp/stations.js';

/** @typedef {import('../shared/cable.js').Cables} Cables */
/** @typedef {{ rate: number, delay: number }} Path bits a second, and milliseconds there and back */

const FAR = '10.9.8.2';
const HOSTS = ['linux0', 'linux1', 'router', 'delay', 'far'];
/** Bytes that may leave the token bucket at once. */
const BURST = 5000;

/** @param {Path} path the queue's bytes: the rate times the delay */
export const queueOf = ({ rate, delay }) => Math.round((rate * delay) / 8000);

/** Makes it all but the senders of ours. @param {Cables} cables @param {Path} path */
export async function makePath(cables, path) {
  cables.host(...HOSTS);
  for (const i of [0, 1]) {
    cables.join(`linux${i}`, 'v0', 'router', `l${i}`);
    cables.run(`linux${i}`, 'ip', 'addr', 'add', `10.9.${i}.2/24`, 'dev', 'v0');
    cables.run('router', 'ip', 'addr', 'add', `10.9.${i}.1/24`, 'dev', `l${i}`);
    cables.run(`linux${i}`, 'ip', 'route', 'add', 'default', 'via', `10.9.${i}.1`);
    // Frames as they are on a wire: a queue that counts bytes treats 64 KiB otherwise than it does 1,500.
    cables.run(`linux${i}`, 'ip', 'link', 'set', 'v0', 'gso_max_segs', '1');
  }
  cables.join('router', 'r1', 'delay', 'd0');
  cables.join('delay', 'd1', 'far', 'f0');
  cables.run('router', 'ip', 'addr', 'add', '10.9.8.1/24', 'dev', 'r1');
  cables.run('router', 'sysctl', '-qw', 'net.ipv4.ip_forward=1');
  cables.run('far', 'ip', 'addr', 'add', `${FAR}/24`, 'dev', 'f0');
  cables.run('far', 'ip', 'route', 'add', 'default', 'via', '10.9.8.1');
  const bucket = ['rate', String(path.rate), 'burst', String(BURST), 'limit', String(queueOf(path))];
  cables.run('router', 'tc', 'qdisc', 'add', 'dev', 'r1', 'root', 'tbf', ...bucket);
  const file = join(import.meta.dirname, 'delay.js');
  const node = new Talker(
    cables.inside('delay', [process.execPath, file, 'd0', 'd1', String(path.delay / 2)]),
  );
  await node.expect('ready');
}

/** Milliseconds there and back when nobody sends. @param {Cables} cables */
export function roundTrip(cables) {
  const answer = cables.run('linux0', 'ping', '-q', '-c', '20', '-i', '0.05', FAR);
  return Number(/= [\d.]+\/([\d.]+)\//.exec(answer)?.[1]);
}

/** Takes what is sent to two ports at the far end. @param {Cables} cables @param {number} everyMs */
export async function startMeter(cables, everyMs) {
  const file = join(import.meta.dirname, 'meter.js');
  const meter = new Talker(cables.inside('far', [process.execPath, file, String(everyMs), '5011', '5012']));
  await meter.expect('ready');
  return meter;
}

/**
 * Begins to send, as number 0 or 1 of the two.
 * @param {Cables} cables @param {string} who `linux`, `quipu` or `quipu with offload` @param {number} number
 * @returns {Promise<{ end: () => Promise<void> }>}
 */
export async function startSender(cables, who, number) {
  const port = String(5011 + number);
  if (who === 'linux') {
    const talker = new Talker(cables.inside(`linux${number}`, peerCommand('call', FAR, port, '0', '0')));
    return { end: () => talker.end('SIGKILL') };
  }
  const [device, net] = [`tap${number}`, `10.9.1${number}`];
  const offload = who === 'quipu' ? 'plain' : 'offload';
  const words = ['quipu', 'tap', device, `${net}.2/24`, offload, `${net}.1`];
  const talker = new Talker(cables.inside('router', [process.execPath, appFile, ...words]));
  await talker.json();
  cables.run('router', 'ip', 'addr', 'add', `${net}.1/24`, 'dev', device);
  // Until the meter closes it.
  talker.tell(`bulk up ${FAR} ${port} 0 86400`);
  return { end: () => talker.end('SIGKILL') };
}
