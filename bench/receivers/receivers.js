// Those who receive in the groups `receive` and `socket`.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEVICE, RECEIVE_BUFFER } from '../shared/contest.js';
import { Talker } from '../shared/process.js';

/**
 * Quipu: one process for all rounds, so that its code is as warm as a daemon's; it hooks the device only in its turns.
 * @param {string} name
 * @param {'count' | 'message' | 'receive' | 'into'} mode
 * @param {'auto' | 'ring' | 'recvmmsg' | 'xdp'} [io]
 * @returns {import('../shared/contest.js').Receiver}
 */
export function quipu(name, mode, io = 'auto') {
  const file = join(import.meta.dirname, 'quipu.js');
  /** @type {Talker} */
  let talker;
  return {
    name,
    async start(cables) {
      talker ??= new Talker(cables.inside('right', [process.execPath, file, mode, DEVICE, io]));
      talker.tell('start');
      await talker.expect('ready');
    },
    cpu: () => talker.cpu(),
    stop() {
      talker.tell('stop');
      return talker.json();
    },
    close: async () => talker?.end('SIGTERM'),
  };
}

/**
 * A plain loop of recvfrom(2) in C.
 * @param {string} file
 * @returns {import('../shared/contest.js').Receiver}
 */
export function recvfrom(file) {
  /** @type {Talker} */
  let talker;
  return {
    name: 'C recvfrom',
    reference: true,
    async start(cables) {
      talker = new Talker(cables.inside('right', [file, DEVICE, String(RECEIVE_BUFFER)]));
      await talker.expect('ready');
    },
    cpu: () => talker.cpu(),
    async stop() {
      await talker.end('SIGTERM');
      const { received, ringLoss } = await talker.json();
      return { received, lost: { 'ring-loss': ringLoss } };
    },
  };
}

/**
 * netsniff-ng, which reads a ring mapped into its memory and prints nothing. Without --out it cannot transmit.
 * @returns {import('../shared/contest.js').Receiver}
 */
export function netsniff() {
  /** @type {Talker} */
  let talker;
  return {
    name: 'netsniff-ng',
    async start(cables) {
      const ring = `${RECEIVE_BUFFER >> 20}MiB`;
      const options = ['--in', DEVICE, '--silent', '--ring-size', ring, '--notouch-irq', '--no-sock-mem'];
      talker = new Talker(cables.inside('right', ['netsniff-ng', ...options]));
      while (!(await talker.line()).startsWith('Running')) {}
      await sleep(50);
    },
    cpu: () => talker.cpu(),
    async stop() {
      await talker.end('SIGINT');
      let text = talker.said;
      for (let line = await talker.line(); !line.startsWith('ended'); line = await talker.line())
        text += `${line}\n`;
      const number = (/** @type {RegExp} */ of) => Number(of.exec(text)?.[1] ?? Number.NaN);
      return {
        received: number(/(\d+) +packets passed/),
        lost: { 'ring-loss': number(/(\d+) +packets failed/) },
      };
    },
  };
}
