// Prints the result of a contest.

import { kilo, printTable } from './report.js';

/** @param {readonly import('./contest.js').Standing[]} standings */
export function printStandings(standings) {
  printTable(
    ['receiver', 'bytes', 'received kpps', 'lowest', 'highest', 'beside C', 'offered', 'dropped', 'CPU'],
    standings.map(({ receiver, size, rate, besideReference, offered, dropped, cpu }) => [
      receiver,
      size,
      kilo(rate.median),
      kilo(rate.low),
      kilo(rate.high),
      Number.isNaN(besideReference) ? '-' : besideReference.toFixed(2),
      kilo(offered),
      `${(dropped * 100).toFixed(1)} %`,
      `${(cpu * 100).toFixed(0)} %`,
    ]),
  );
  const unaccounted = Math.max(...standings.map((one) => one.unaccounted));
  console.log(`  frames without an account: ${unaccounted}`);
  if (unaccounted > 0) process.exitCode = 1;
}
