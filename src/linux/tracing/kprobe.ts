import type { TraceDirectory } from './directory.js';
import { clearTrigger, setTrigger, triggerLeft } from './event-trigger.js';
import type { Tracepoint } from './events.js';
import type { Armed, WayDriver } from './way.js';

/** The group of our kprobe events: what tells them from other people's. */
const GROUP = 'quipu_otst';
/** So that the whole stays below the kernel's 64 (MAX_EVENT_NAME_LEN). */
const SYMBOL_LETTERS = 30;

/**
 * The way of the seed (004 D.4): a breakpoint at the symbol, here as an event that the kernel makes of a line of text
 * (Documentation/trace/kprobetrace.rst), with a trigger.
 */
export const kprobe: WayDriver = {
  obstacle: (directory) =>
    directory.exists('kprobe_events')
      ? ''
      : 'the kernel has no kprobe events: tracefs has no file kprobe_events (CONFIG_KPROBE_EVENTS is off)',
  arm: (directory, armed, times) => {
    const event = eventOf(armed);
    directory.write('kprobe_events', `p:${GROUP}/${event.event} ${armed.name}`);
    try {
      setTrigger(directory, armed.instance, event, times);
    } catch (error) {
      removeEvent(directory, event.event);
      throw error;
    }
  },
  disarm: (directory, armed) => clearTrigger(directory, armed.instance, eventOf(armed)),
  clean: (directory, armed) => {
    const { event } = eventOf(armed);
    if (ourEvents(directory).includes(event)) removeEvent(directory, event);
  },
  left: (directory, armed) => triggerLeft(directory, armed.instance, eventOf(armed)),
};

/** Takes away events of ours that belong to nothing armed: somebody was killed while removing one. */
export function sweepEvents(directory: TraceDirectory, armed: readonly Armed[]): void {
  const wanted = new Set(armed.filter(({ way }) => way === 'kprobe').map((one) => eventOf(one).event));
  for (const event of ourEvents(directory)) if (!wanted.has(event)) removeEvent(directory, event);
}

function ourEvents(directory: TraceDirectory): string[] {
  if (!directory.exists('kprobe_events')) return [];
  const lines = directory.read('kprobe_events').split('\n');
  return lines.flatMap((line) => new RegExp(`^p\\d*:${GROUP}/(\\S+)`).exec(line)?.[1] ?? []);
}

function removeEvent(directory: TraceDirectory, event: string): void {
  directory.write('kprobe_events', `-:${GROUP}/${event}`);
}

/** Events are named like variables in C, symbols are not: `ip_rcv.constprop.0`. */
function eventOf({ name, owner }: Armed): Tracepoint {
  const plain = (text: string) => text.replace(/\W/g, '_');
  return { system: GROUP, event: `o${plain(owner)}_${plain(name).slice(-SYMBOL_LETTERS)}` };
}
