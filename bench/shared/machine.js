// What a figure was measured on: without it a figure says nothing.

import { cpus, loadavg, release, totalmem } from 'node:os';

export function machine() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    /** Of the last minute, before the group began: other work on the machine makes figures worse. */
    load: loadavg()[0],
  };
}
