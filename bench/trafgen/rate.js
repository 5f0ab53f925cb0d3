// How many frames a second a sender sends, by the kernel's count at its device.

import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';

/** The sender is warm after that, and then measured for so long. */
const WARM_MS = 500;
const MEASURED_MS = 1000;

/**
 * @param {import('../shared/cable.js').Cables} cables
 * @param {import('./senders.js').TrafficSender} sender
 */
export async function measureRate(cables, sender) {
  const [file, ...args] = cables.inside('left', sender.command('v0'));
  const before = sample(cables).frames;
  // A group of its own, which ends as one: netsniff-ng's first process does not pass signals on.
  const child = spawn(file, args, { stdio: 'ignore', detached: true });
  const ended = new Promise((resolve) => child.once('close', resolve));
  try {
    for (let waited = 0; sample(cables).frames === before; waited += 20) {
      if (child.exitCode !== null || waited > 10_000) throw new Error(`${sender.name} sends nothing`);
      await sleep(20);
    }
    await sleep(WARM_MS);
    const first = sample(cables);
    await sleep(MEASURED_MS);
    const last = sample(cables);
    return Math.round(((last.frames - first.frames) / (last.nanos - first.nanos)) * 1e9);
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGKILL');
    await ended;
  }
}

/** The count and its time, read by one process. @param {import('../shared/cable.js').Cables} cables */
function sample(cables) {
  const script = 'read frames < /sys/class/net/v0/statistics/tx_packets; echo $frames $(date +%s%N)';
  const [frames, nanos] = cables.run('left', 'sh', '-c', script).split(' ').map(Number);
  return { frames, nanos };
}
