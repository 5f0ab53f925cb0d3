// Receivers take turns at one end of a cable, a generator floods it from the other.

import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Cables } from './cable.js';
import { Talker } from './process.js';
import { summary } from './statistics.js';
import { built } from './tools.js';

/** Bytes of kernel memory for frames that wait, for every receiver but Quipu, which takes what it takes by default. */
export const RECEIVE_BUFFER = 16 << 20;
/** Device at the receivers' end. */
export const DEVICE = 'v1';
const ROUNDS = 5;
const FLOOD_MS = 1000;
/** What is on its way when the flood ends gets this long to arrive. */
const SETTLE_MS = 150;
/** RFC 2544 counts a frame's check sequence, which veth does not carry. */
const FCS = 4;

/**
 * @typedef {object} Receiver
 * @property {string} name
 * @property {boolean} [reference] true for the one with which the others are compared
 * @property {(cables: Cables) => Promise<void>} start begins to take frames in
 * @property {() => number} cpu seconds of CPU used so far
 * @property {() => Promise<{ received: number, lost: Record<string, number> }>} stop frames taken in since `start`, and
 *   those that it knows to be lost, by reason
 * @property {() => Promise<void>} [close]
 */

/**
 * One line of the result: medians over the rounds.
 * @typedef {object} Standing
 * @property {string} receiver
 * @property {number} size bytes of a frame as RFC 2544 counts, its check sequence included
 * @property {ReturnType<typeof summary>} rate frames received a second
 * @property {number} besideReference its rate divided by the reference's in the same round, the median of the rounds;
 *   NaN (null in the file) without a reference
 * @property {number} offered frames sent a second
 * @property {number} dropped fraction of the frames sent
 * @property {number} cpu of one core: 1 is a core in use all the time
 * @property {number} unaccounted frames that neither arrived nor were counted as lost, the largest of the rounds
 */

/**
 * @param {readonly Receiver[]} receivers
 * @param {readonly number[]} sizes
 */
export async function contest(receivers, sizes) {
  const flood = built('flood');
  const cables = new Cables();
  /** @type {Standing[]} */
  const standings = [];
  try {
    cables.host('left', 'right');
    cables.join('left', 'v0', 'right', DEVICE);
    for (const receiver of receivers) await bout(cables, receiver, sizes[0], flood); // warms up, not counted
    for (const size of sizes) {
      const bouts = receivers.map(() => /** @type {Awaited<ReturnType<typeof bout>>[]} */ ([]));
      for (let round = 0; round < ROUNDS; round++) {
        for (let turn = 0; turn < receivers.length; turn++) {
          const who = (turn + round) % receivers.length;
          bouts[who].push(await bout(cables, receivers[who], size, flood));
        }
      }
      const reference = bouts[receivers.findIndex((receiver) => receiver.reference)];
      standings.push(...receivers.map(({ name }, who) => standing(name, size, bouts[who], reference)));
    }
  } finally {
    for (const receiver of receivers) await receiver.close?.();
    cables.close();
  }
  const generator = flood ? 'bench/fixtures/flood.c, sendmmsg, on CPU 0' : 'test/net/tools/flood.js';
  return {
    standings,
    parameters: { generator, receiveBuffer: RECEIVE_BUFFER, rounds: ROUNDS, floodMs: FLOOD_MS },
  };
}

/**
 * One receiver, one flood.
 * @param {Cables} cables @param {Receiver} receiver @param {number} size @param {string | undefined} flood
 */
async function bout(cables, receiver, size, flood) {
  await receiver.start(cables);
  const offWire = cables.counter('left', 'v0', 'tx_dropped');
  const cpu = receiver.cpu();
  const { sent, seconds } = await send(cables, size, flood);
  await sleep(SETTLE_MS);
  const cpuUsed = receiver.cpu() - cpu;
  const { received, lost } = await receiver.stop();
  const arrived = sent - (cables.counter('left', 'v0', 'tx_dropped') - offWire);
  const known = Object.values(lost).reduce((sum, frames) => sum + frames, 0);
  return { sent, seconds, received, cpu: cpuUsed / seconds, unaccounted: arrived - received - known };
}

/** @param {Cables} cables @param {number} size @param {string | undefined} flood */
async function send(cables, size, flood) {
  const length = String(size - FCS);
  if (flood !== undefined) {
    return new Talker(cables.inside('left', [flood, 'v0', length, String(FLOOD_MS)])).json();
  }
  const tool = join(import.meta.dirname, '../../test/net/tools/flood.js');
  const args = ['v0', 'raw', length, '0', '0', '02:00:00:00:00:99'];
  const talker = new Talker(cables.inside('left', [process.execPath, tool, ...args]));
  await sleep(FLOOD_MS + 200);
  await talker.end('SIGTERM');
  return talker.json();
}

/**
 * @param {string} receiver @param {number} size
 * @param {Awaited<ReturnType<typeof bout>>[]} bouts
 * @param {Awaited<ReturnType<typeof bout>>[] | undefined} reference
 * @returns {Standing}
 */
function standing(receiver, size, bouts, reference) {
  const rates = bouts.map(rateOf);
  const ratios = rates.map((rate, round) => (reference ? rate / rateOf(reference[round]) : Number.NaN));
  const median = (/** @type {(one: typeof bouts[0]) => number} */ of) => summary(bouts.map(of)).median;
  return {
    receiver,
    size,
    rate: summary(rates),
    besideReference: summary(ratios).median,
    offered: Math.round(median((one) => one.sent / one.seconds)),
    dropped: median((one) => 1 - one.received / one.sent),
    cpu: median((one) => one.cpu),
    unaccounted: Math.max(...bouts.map((one) => Math.abs(one.unaccounted))),
  };
}

/** @param {Awaited<ReturnType<typeof bout>>} bout frames received a second */
function rateOf({ received, seconds }) {
  return Math.round(received / seconds);
}
