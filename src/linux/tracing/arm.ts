import { refusalText, type TraceDirectory, type TracePipe } from './directory.js';
import { ftrace } from './ftrace.js';
import { armedAs } from './instances.js';
import { kprobe } from './kprobe.js';
import { type KernelStack, parseStacks } from './stack-text.js';
import { tracepoint } from './tracepoint.js';
import type { Armed, Target, Way, WayDriver } from './way.js';

/** A stack of 64 calls takes some 600 bytes. */
const BUFFER_KB = 64;

const drivers: Readonly<Record<Way, WayDriver>> = { kprobe, ftrace, tracepoint };

/**
 * Arms one target, so many times, in a new instance. `owner`: who waits for it, see `ownerName`; empty: it is to stay.
 * Throws `Refused`, and leaves nothing.
 */
export function arm(directory: TraceDirectory, target: Target, times: number, owner: string): Armed {
  const armed = armedAs(target, owner);
  make(directory, armed, times);
  try {
    drivers[target.way].arm(directory, armed, times);
    return armed;
  } catch (error) {
    const why = refusalText(error);
    const more = complaintFor(directory, armed);
    remove(directory, armed);
    throw new Refused(`${why}${more === '' ? '' : ` (${more})`}`);
  }
}

/** Why this kernel does not have a way at all; empty when nothing is known against it. */
export function obstacleOf(directory: TraceDirectory, way: Way): string {
  try {
    return drivers[way].obstacle(directory);
  } catch (error) {
    return `tracefs cannot be read: ${refusalText(error)}`;
  }
}

/** The kernel does not want to; the message says why, as half a sentence. */
export class Refused extends Error {}

function make(directory: TraceDirectory, { instance }: Armed, times: number): void {
  try {
    directory.makeInstance(instance);
  } catch (error) {
    throw new Refused(`it gives no instance ${instance}: ${refusalText(error)}`);
  }
  // Small memory, offsets in functions: what an older kernel lacks of it does no harm.
  tryTo(() => directory.write(`instances/${instance}/buffer_size_kb`, `${BUFFER_KB + times}`));
  tryTo(() => directory.write(`instances/${instance}/trace_options`, 'sym-offset'));
}

/** What the kernel has noted of the command that it just refused; it is not taken for another's. */
function complaintFor(directory: TraceDirectory, { name }: Armed): string {
  try {
    const last =
      directory
        .read('error_log')
        .trim()
        .split(/\n(?=\[)/)
        .at(-1) ?? '';
    return last.includes(name) ? (/error:\s*(.+)/.exec(last)?.[1] ?? '') : '';
  } catch {
    return ''; // Linux 5.2 or later keeps such a log
  }
}

/**
 * Disarms and takes away, as far as it is there: what somebody left half made too. Throws Node's error `EBUSY` while a
 * process waits for it.
 */
export function remove(directory: TraceDirectory, armed: Armed): void {
  const driver = drivers[armed.way];
  tryTo(() => driver.disarm(directory, armed)); // not armed whole; the instance takes the rest with it
  if (directory.exists(`instances/${armed.instance}`)) directory.removeInstance(armed.instance);
  driver.clean?.(directory, armed);
}

/** How often it will still fire; null when it is not armed whole. */
export function firesLeft(directory: TraceDirectory, armed: Armed): number | null {
  try {
    return drivers[armed.way].left(directory, armed);
  } catch {
    return null;
  }
}

/** What it has caught and nobody has taken by `follow`. */
export function caught(directory: TraceDirectory, { instance }: Armed): KernelStack[] {
  return parseStacks(directory.read(`instances/${instance}/trace`));
}

/** Its stacks as they come, each once. While this is open it cannot be removed. */
export class Follower {
  private readonly pipe: TracePipe;

  constructor(directory: TraceDirectory, { instance }: Armed) {
    this.pipe = directory.openPipe(`instances/${instance}/trace_pipe`);
  }

  /** Those that have come since. Never waits. */
  take(): KernelStack[] {
    return parseStacks(this.pipe.read());
  }

  close(): void {
    this.pipe.close();
  }
}

function tryTo(work: () => void): void {
  try {
    work();
  } catch (error) {
    refusalText(error); // throws again what the kernel has not refused
  }
}
