// What the threads of this process have used so far.

import { readdirSync, readFileSync } from 'node:fs';

/** @typedef {{ id: string, switches: number, ticks: number }} Thread context switches, and ticks of CPU (100 a second) */

/** @returns {Thread[]} */
export function threads() {
  return readdirSync('/proc/self/task').map((id) => {
    const status = readFileSync(`/proc/self/task/${id}/status`, 'utf8');
    const number = (/** @type {string} */ name) =>
      Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
    const fields = readFileSync(`/proc/self/task/${id}/stat`, 'utf8').split(') ')[1].split(' ');
    return {
      id,
      switches: number('voluntary_ctxt_switches') + number('nonvoluntary_ctxt_switches'),
      ticks: Number(fields[11]) + Number(fields[12]),
    };
  });
}
