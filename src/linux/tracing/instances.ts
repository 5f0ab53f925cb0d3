import { readFileSync } from 'node:fs';
import type { TraceDirectory } from './directory.js';
import { type Armed, type Target, ways } from './way.js';

/** What our instances are called: they are all that `otst list` knows. */
const PREFIX = 'quipu-otst-';
const NOBODY = '0';

/**
 * The name says all: `quipu-otst-WAY-OWNER-NAME`. So nothing has to be kept elsewhere, and what a killed process left
 * can be told from what one is waiting for.
 */
export function armedAs(target: Target, owner: string): Armed {
  const { way, name } = target;
  return { way, name, owner, instance: `${PREFIX}${way}-${owner || NOBODY}-${name}` };
}

/** What is armed by us in the machine, or was left, in the order of the names. */
export function armedIn(directory: TraceDirectory): Armed[] {
  return directory
    .names('instances')
    .sort()
    .flatMap((instance) => parseInstance(instance) ?? []);
}

function parseInstance(instance: string): Armed | null {
  const found = /^quipu-otst-([a-z]+)-(\d+(?:\.\d+)?)-(.+)$/.exec(instance);
  const way = ways.find((one) => one === found?.[1]);
  if (found === null || way === undefined) return null;
  return { way, name: found[3], owner: found[2] === NOBODY ? '' : found[2], instance };
}

/** A process, told from a later one that gets its number: `PID.START`, the start in the kernel's ticks. */
export function ownerName(pid: number): string {
  return `${pid}.${startOf(readFileSync(`/proc/${pid}/stat`, 'utf8'))}`;
}

/** The process of this name still runs. */
export function isAlive(owner: string): boolean {
  try {
    return ownerName(Number.parseInt(owner, 10)) === owner;
  } catch {
    return false;
  }
}

/** Field 22 of /proc/PID/stat (proc(5)); the second, the program's name in brackets, may hold blanks and brackets. */
export function startOf(stat: string): string {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
