// Those who forward in the group `forward`: each joins two devices of the host in the middle.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Talker } from '../shared/process.js';

/**
 * @typedef {object} Forwarder
 * @property {string} name
 * @property {boolean} [reference] true for the one with which the others are compared
 * @property {(cables: import('../shared/cable.js').Cables) => Promise<void>} start
 * @property {() => number} cpu seconds of CPU used so far by its own threads, those of the kernel left out
 * @property {(cables: import('../shared/cable.js').Cables) => Promise<Record<string, number>>} stop answers the frames
 *   that it knows to be lost, by reason
 * @property {() => Promise<void>} [close]
 */

const HOST = 'middle';

/** @param {string} a @param {string} b @returns {Forwarder} */
export function bridge(a, b) {
  return {
    name: 'Linux bridge',
    reference: true,
    async start(cables) {
      cables.run(HOST, 'ip', 'link', 'add', 'br0', 'type', 'bridge');
      for (const device of [a, b]) cables.run(HOST, 'ip', 'link', 'set', device, 'master', 'br0');
      cables.run(HOST, 'ip', 'link', 'set', 'br0', 'up');
    },
    cpu: () => 0, // all its work is done in the sender's time, or in that of an interrupt
    async stop(cables) {
      cables.run(HOST, 'ip', 'link', 'del', 'br0');
      return {};
    },
  };
}

/**
 * @param {string} name @param {string} a @param {string} b @param {'auto' | 'ring' | 'recvmmsg' | 'xdp'} [io]
 * @returns {Forwarder}
 */
export function quipuForward(name, a, b, io = 'auto') {
  /** @type {Talker} */
  let talker;
  return {
    name,
    async start(cables) {
      const file = join(import.meta.dirname, 'quipu-forward.js');
      talker ??= new Talker(cables.inside(HOST, [process.execPath, file, a, b, io]));
      talker.tell('start');
      await talker.expect('ready');
    },
    cpu: () => talker.cpu(),
    async stop() {
      talker.tell('stop');
      return (await talker.json()).lost;
    },
    close: async () => talker?.end('SIGTERM'),
  };
}

/** Seconds that all processors of the machine have been busy since it started: who forwards in the kernel has no other. */
export function machineBusy() {
  const [, ...ticks] = readFileSync('/proc/stat', 'utf8').split('\n')[0].split(/\s+/).map(Number);
  const [user, nice, system, , , irq, softirq] = ticks;
  return (user + nice + system + irq + softirq) / 100;
}
