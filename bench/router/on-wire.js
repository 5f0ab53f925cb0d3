// The router between two hosts: Quipu's, and the kernel's own forwarding, by turns on the same devices.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { machineBusy } from '../receivers/forwarders.js';
import { Cables } from '../shared/cable.js';
import { Talker } from '../shared/process.js';
import { generator, Sender } from '../shared/sender.js';
import { summary } from '../shared/statistics.js';

const ROUNDS = 5;
const WARM_MS = 300;
const WINDOW_MS = 1000;
const SIZE = 64;
const MACS = ['02:00:00:00:01:00', '02:00:00:00:01:01'];

/** Undefined where it cannot be measured. */
export async function routerOnWire() {
  const found = generator();
  if (!found?.trafgen) return undefined; // the C program sends no IP
  const cables = new Cables();
  const node = join(import.meta.dirname, 'node.js');
  try {
    layOut(cables);
    const talker = new Talker(cables.inside('router', [process.execPath, node]));
    const contestants = [
      { who: 'Linux', start: async () => {}, stop: async () => {} },
      {
        who: 'Quipu',
        async start() {
          talker.tell('start');
          await talker.expect('ready');
        },
        async stop() {
          talker.tell('stop');
          const { totals, lost } = await talker.json();
          const { in: entered, created, out, consumed, dropped, held } = totals;
          if (entered + created !== out + consumed + dropped + (held ?? 0))
            throw new Error(`account: ${JSON.stringify(totals)}`);
          return lost;
        },
      },
    ];
    const sender = new Sender(cables, 'left', 'v0');
    const bouts = contestants.map(() => /** @type {Awaited<ReturnType<typeof bout>>[]} */ ([]));
    for (let round = -1; round < ROUNDS; round++) {
      for (const [i, contestant] of contestants.entries()) {
        const one = await bout(cables, sender, contestant);
        if (round >= 0) bouts[i].push(one); // the first warms up
      }
    }
    await talker.end('SIGTERM');
    const reference = bouts[0].map(({ rate }) => rate);
    const rows = contestants.map(({ who }, i) => ({
      who,
      rate: summary(bouts[i].map(({ rate }) => rate)),
      besideReference: summary(bouts[i].map(({ rate }, round) => rate / reference[round])).median,
      offered: summary(bouts[i].map(({ offered }) => offered)).median,
      cpu: summary(bouts[i].map(({ cpu }) => cpu)).median,
    }));
    return { parameters: { generator: found.name, rounds: ROUNDS, windowMs: WINDOW_MS, bytes: SIZE }, rows };
  } finally {
    cables.close();
  }
}

/** left (10.0.0.2) – eth0, router, eth1 – right (10.0.1.2). @param {Cables} cables */
function layOut(cables) {
  cables.host('left', 'router', 'right');
  cables.join('left', 'v0', 'router', 'eth0');
  cables.join('router', 'eth1', 'right', 'v3');
  cables.run('left', 'ip', 'addr', 'add', '10.0.0.2/24', 'dev', 'v0');
  cables.run('right', 'ip', 'addr', 'add', '10.0.1.2/24', 'dev', 'v3');
  // Nobody listens there: the answers, which the kernel limits to a few, go to nowhere.
  cables.run('right', 'ip', 'route', 'add', 'blackhole', '10.0.0.0/24');
  MACS.forEach((address, i) => {
    cables.run('router', 'ip', 'link', 'set', `eth${i}`, 'address', address);
    cables.run('router', 'ip', 'addr', 'add', `10.0.${i}.1/24`, 'dev', `eth${i}`);
  });
  cables.run('router', 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
}

/**
 * What arrives is counted by the kernel at the far end, over a second in which nothing changes. CPU is the whole machine's: the
 * kernel forwards in the sender's time.
 * @param {Cables} cables @param {Sender} sender @param {{ start(): Promise<unknown>, stop(): Promise<unknown> }} contestant
 */
async function bout(cables, sender, contestant) {
  await contestant.start();
  await sender.start(SIZE, { to: MACS[0] });
  await sleep(WARM_MS);
  const far = () => cables.counter('right', 'v3', 'rx_packets');
  const [start, arrived, sent, busy] = [performance.now(), far(), sender.sent(), machineBusy()];
  await sleep(WINDOW_MS);
  const seconds = (performance.now() - start) / 1000;
  const rate = (far() - arrived) / seconds;
  const offered = (sender.sent() - sent) / seconds;
  const cpu = (machineBusy() - busy) / seconds;
  await sender.stop();
  await contestant.stop();
  if (rate < 1000) throw new Error(`${rate} packets a second arrive`);
  return { rate, offered, cpu };
}
