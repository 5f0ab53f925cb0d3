import type { TraceDirectory } from './directory.js';
import { eventName, type Tracepoint } from './events.js';

/** Has an event of an instance leave a stack trace there, the next so many times. */
export function setTrigger(
  directory: TraceDirectory,
  instance: string,
  event: Tracepoint,
  times: number,
): void {
  directory.write(triggerFile(instance, event), `stacktrace:${times}`);
}

export function clearTrigger(directory: TraceDirectory, instance: string, event: Tracepoint): void {
  directory.write(triggerFile(instance, event), '!stacktrace');
}

/** How many times the trigger will still fire; null when there is none. */
export function triggerLeft(directory: TraceDirectory, instance: string, event: Tracepoint): number | null {
  return timesLeft(directory.read(triggerFile(instance, event)), /^stacktrace:(\S+)/m);
}

/** The count in a line that `pattern` finds: `count=1`, or `unlimited`. */
export function timesLeft(text: string, pattern: RegExp): number | null {
  const found = pattern.exec(text);
  if (found === null) return null;
  const count = /^count=(\d+)$/.exec(found[1]);
  return count === null ? Number.POSITIVE_INFINITY : Number(count[1]);
}

function triggerFile(instance: string, event: Tracepoint): string {
  return `instances/${instance}/events/${eventName(event).replace(':', '/')}/trigger`;
}
