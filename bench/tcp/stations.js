// The namespaces of the TCP benchmarks, and the programs in them.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Talker } from '../shared/process.js';

/** @typedef {import('../shared/cable.js').Cables} Cables */

/** `left` and `right` are joined by veth; in `middle` is the device of a Quipu host, and Linux on its other side. */
export const LEFT = '10.9.5.1';
export const RIGHT = '10.9.5.2';
export const LINUX = '10.9.4.1';
export const QUIPU = '10.9.4.2';
const DEVICE = 'quipu0';
export const SINK = 5001;
export const SOURCE = 5002;

/** @param {Cables} cables */
export function makeStations(cables) {
  cables.host('left', 'middle', 'right');
  cables.join('left', 'v0', 'right', 'v1');
  for (const [host, address] of [
    ['left', LEFT],
    ['right', RIGHT],
  ]) {
    cables.run(host, 'ip', 'addr', 'add', `${address}/24`, 'dev', host === 'left' ? 'v0' : 'v1');
  }
  for (const host of ['left', 'middle', 'right']) {
    // Ports of closed connections can be had again at once.
    cables.run(host, 'sysctl', '-qw', 'net.ipv4.tcp_tw_reuse=1');
    cables.run(host, 'ip', 'link', 'set', 'lo', 'up');
  }
}

/** A sink and a source of Linux's. @param {Cables} cables @param {string} host @param {number} warm @param {number} seconds */
export async function startPeer(cables, host, warm, seconds) {
  const peer = new Talker(cables.inside(host, peerCommand('serve', String(warm), String(seconds))));
  await peer.expect('ready');
  return peer;
}

/** @param {...string} words */
export function peerCommand(...words) {
  return ['python3', join(import.meta.dirname, '../fixtures/tcp-peer.py'), ...words];
}

/** A program with Node's own sockets. @param {Cables} cables @param {string} host */
export async function startNodeApp(cables, host) {
  const app = new App(new Talker(cables.inside(host, [process.execPath, appFile, 'node'])));
  await app.ready;
  return app;
}

/** @typedef {{ kind: string, offload: boolean }} Device */

/** A program with a Quipu host, in `middle`. @param {Cables} cables @param {Device} device */
export async function startQuipuApp(cables, { kind, offload }) {
  const words = ['quipu', kind, DEVICE, `${QUIPU}/24`, offload ? 'offload' : 'plain'];
  // It is this process that is worth a profile. Nothing else is passed on: with `-e` it would run our own caller.
  const profiling = process.execArgv.filter((option) => option.startsWith('--cpu-prof'));
  const command = [process.execPath, ...profiling, appFile, ...words];
  const app = new App(new Talker(cables.inside('middle', command)));
  await app.ready;
  cables.run('middle', 'ip', 'addr', 'add', `${LINUX}/24`, 'dev', DEVICE);
  return app;
}

export const appFile = join(import.meta.dirname, 'app.js');

/** A program that is told what to do. */
class App {
  #talker;

  /** @param {Talker} talker */
  constructor(talker) {
    this.#talker = talker;
    this.ready = talker.json();
  }

  /** @param {readonly (string | number)[]} words the task and what it is to be done with; answers its result */
  ask(...words) {
    this.#talker.tell(words.join(' '));
    return this.#talker.json();
  }

  async end() {
    this.#talker.tell('end'); // by itself: only so it writes its profile
    await this.#talker.ended;
    await sleep(100); // its device vanishes
  }
}
