// Group `forward`: frames a second from one device to another, beside the Linux bridge.

import { setTimeout as sleep } from 'node:timers/promises';
import { bridge, machineBusy, quipuForward } from './receivers/forwarders.js';
import { Cables } from './shared/cable.js';
import { Talker } from './shared/process.js';
import { begin, kilo, printTable } from './shared/report.js';
import { summary } from './shared/statistics.js';
import { built } from './shared/tools.js';

/** Frame sizes of RFC 2544 §9.1, in bytes. They count the check sequence, which veth does not carry. */
const SIZES = [64, 256, 1024, 1518];
const FCS = 4;
const ROUNDS = 5;
const FLOOD_MS = 1000;
/** Nothing is on its way any more when so long nothing has arrived. */
const SETTLE_MS = 150;

/** @typedef {import('./receivers/forwarders.js').Forwarder} Forwarder */

export async function forward() {
  const { write } = begin('forward', 'frames forwarded a second between two veth pairs, one of them flooded');
  const flood = built('flood');
  if (flood === undefined) {
    console.log('  left out: no C compiler (cc) for the generator');
    return;
  }
  const forwarders = [
    bridge('v1', 'v2'),
    quipuForward('Quipu', 'v1', 'v2'),
    quipuForward('Quipu, recvmmsg', 'v1', 'v2', 'recvmmsg'),
    quipuForward('Quipu, AF_XDP', 'v1', 'v2', 'xdp'),
  ];
  const cables = new Cables();
  const rows = [];
  try {
    cables.host('left', 'middle', 'right');
    cables.join('left', 'v0', 'middle', 'v1');
    cables.join('middle', 'v2', 'right', 'v3');
    for (const forwarder of forwarders) await bout(cables, forwarder, SIZES[0], flood); // warms up, not counted
    for (const size of SIZES) rows.push(...(await contestOf(cables, forwarders, size, flood)));
  } finally {
    for (const forwarder of forwarders) await forwarder.close?.();
    cables.close();
  }
  printTable(
    [
      'forwarder',
      'bytes',
      'arrived kpps',
      'lowest',
      'highest',
      'beside bridge',
      'offered',
      'lost',
      'CPU',
      'machine',
    ],
    rows.map((row) => [
      row.forwarder,
      row.size,
      kilo(row.rate.median),
      kilo(row.rate.low),
      kilo(row.rate.high),
      row.besideReference.toFixed(2),
      kilo(row.offered),
      percent(row.lost),
      percent(row.cpu, 0),
      percent(row.machine, 0),
    ]),
  );
  const unaccounted = Math.max(...rows.map((row) => row.unaccounted));
  console.log(`  frames of Quipu without an account: ${unaccounted}`);
  if (unaccounted > 0) process.exitCode = 1;
  const generator = 'bench/fixtures/flood.c, sendmmsg, on CPU 0';
  write({ parameters: { generator, rounds: ROUNDS, floodMs: FLOOD_MS }, rows });
}

/** @param {number} fraction */
const percent = (fraction, digits = 1) => `${(fraction * 100).toFixed(digits)} %`;

/**
 * All forwarders by turns, each round beginning with another.
 * @param {Cables} cables @param {readonly Forwarder[]} forwarders @param {number} size @param {string} flood
 */
async function contestOf(cables, forwarders, size, flood) {
  const bouts = forwarders.map(() => /** @type {Awaited<ReturnType<typeof bout>>[]} */ ([]));
  for (let round = 0; round < ROUNDS; round++) {
    for (let turn = 0; turn < forwarders.length; turn++) {
      const who = (turn + round) % forwarders.length;
      bouts[who].push(await bout(cables, forwarders[who], size, flood));
    }
  }
  const reference = bouts[forwarders.findIndex((forwarder) => forwarder.reference)].map(rateOf);
  return forwarders.map(({ name }, who) => {
    const rates = bouts[who].map(rateOf);
    const median = (/** @type {(one: typeof bouts[0][0]) => number} */ of) =>
      summary(bouts[who].map(of)).median;
    return {
      forwarder: name,
      size,
      rate: summary(rates),
      besideReference: summary(rates.map((rate, round) => rate / reference[round])).median,
      offered: Math.round(median((one) => one.sent / one.seconds)),
      lost: median((one) => 1 - one.arrived / one.sent),
      cpu: median((one) => one.cpu),
      machine: median((one) => one.machine),
      unaccounted: Math.max(...bouts[who].map((one) => Math.abs(one.unaccounted))),
    };
  });
}

/**
 * One forwarder, one flood. What arrives is counted by the kernel at the far end.
 * @param {Cables} cables @param {Forwarder} forwarder @param {number} size @param {string} flood
 */
async function bout(cables, forwarder, size, flood) {
  await forwarder.start(cables);
  const offWire = cables.counter('left', 'v0', 'tx_dropped');
  const far = cables.counter('right', 'v3', 'rx_packets');
  const [cpu, busy] = [forwarder.cpu(), machineBusy()];
  const { sent, seconds } = await new Talker(
    cables.inside('left', [flood, 'v0', String(size - FCS), String(FLOOD_MS)]),
  ).json();
  const [cpuUsed, machine] = [forwarder.cpu() - cpu, machineBusy() - busy];
  const arrived = (await settled(cables)) - far;
  const lost = await forwarder.stop(cables);
  const onWire = sent - (cables.counter('left', 'v0', 'tx_dropped') - offWire);
  const known = Object.values(lost).reduce((sum, frames) => sum + frames, 0);
  const unaccounted = forwarder.reference ? 0 : onWire - arrived - known;
  return { sent, seconds, arrived, cpu: cpuUsed / seconds, machine: machine / seconds, unaccounted };
}

/** The far end's counter, once it stands still. @param {Cables} cables */
async function settled(cables) {
  for (let last = -1; ; ) {
    const now = cables.counter('right', 'v3', 'rx_packets');
    if (now === last) return now;
    last = now;
    await sleep(SETTLE_MS);
  }
}

/** @param {Awaited<ReturnType<typeof bout>>} bout frames that arrived a second */
function rateOf({ arrived, seconds }) {
  return Math.round(arrived / seconds);
}
