// Sends UDP as fast as it goes until it is stopped. What it has sent is counted by the kernel, at its device.

import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { udpFrame } from './test-frames.js';
import { built, versionOf } from './tools.js';

/** RFC 2544 counts a frame's check sequence, which veth does not carry. */
const FCS = 4;
const LONGEST_MS = 3_600_000;

/** What there is to send with: trafgen of netsniff-ng, else the C program of the group `receive`. */
export function generator() {
  const version = versionOf('trafgen');
  if (version !== undefined) return { name: version.split(' ').slice(0, 2).join(' '), trafgen: true };
  const flood = built('flood');
  return flood === undefined ? undefined : { name: 'bench/fixtures/flood.c', trafgen: false };
}

/** Folders of the senders, which go with the process. @type {string[]} */
const folders = [];
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export class Sender {
  #cables;
  #host;
  #device;
  /** @type {import('node:child_process').ChildProcess | undefined} */
  #child;
  #folder = mkdtempSync(join(tmpdir(), 'quipu-bench-'));

  /** @param {import('./cable.js').Cables} cables @param {string} host @param {string} device */
  constructor(cables, host, device) {
    this.#cables = cables;
    this.#host = host;
    this.#device = device;
    folders.push(this.#folder);
  }

  /** Frames that the device has sent since it was made: those that the other end took, and those that it had no room for. */
  sent() {
    return this.#count('tx_packets') + this.#count('tx_dropped');
  }

  /** Those of them that the other end took. */
  arrived() {
    return this.#count('tx_packets');
  }

  /** @param {string} name */
  #count(name) {
    return this.#cables.counter(this.#host, this.#device, name);
  }

  /**
   * Begins, and waits until frames are on their way.
   * @param {number} size bytes of a frame, check sequence included @param {import('./test-frames.js').UdpOptions} [options]
   */
  async start(size, options = {}) {
    const found = generator();
    const command = found?.trafgen
      ? ['trafgen', '--dev', this.#device, '--conf', this.#config(size - FCS, options), '--cpus', '1']
      : [String(built('flood')), this.#device, String(size - FCS), String(LONGEST_MS)];
    const [file, ...args] = this.#cables.inside(this.#host, command);
    const before = this.sent();
    // A group of its own, which ends as one: trafgen's first process does not pass signals on.
    const child = spawn(file, args, { stdio: 'ignore', detached: true });
    this.#child = child;
    for (let waited = 0; this.sent() === before; waited += 20) {
      if (child.exitCode !== null || waited > 10_000) throw new Error(`${command.join(' ')} sends nothing`);
      await sleep(20);
    }
  }

  /** @param {number} length @param {import('./test-frames.js').UdpOptions} options */
  #config(length, options) {
    const file = join(this.#folder, 'frame.cfg');
    writeFileSync(file, `{ ${[...udpFrame({ ...options, length })].join(', ')} }\n`);
    return file;
  }

  /** Returns when nothing is on its way any more. */
  async stop() {
    const child = this.#child;
    if (child?.pid === undefined) return;
    this.#child = undefined;
    const ended = new Promise((resolve) => child.once('close', resolve));
    process.kill(-child.pid, 'SIGKILL');
    await ended;
    for (let before = -1; before !== this.sent(); await sleep(50)) before = this.sent();
  }
}
