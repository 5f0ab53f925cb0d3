import { clearTrigger, setTrigger, triggerLeft } from './event-trigger.js';
import { explicitEvent, type Tracepoint } from './events.js';
import type { Armed, WayDriver } from './way.js';

/** A place that the kernel's source marks, with a trigger (Documentation/trace/events.rst, "Event triggers"). */
export const tracepoint: WayDriver = {
  obstacle: (directory) =>
    directory.exists('available_events')
      ? ''
      : 'the kernel has no tracepoints: tracefs has no file available_events (CONFIG_EVENT_TRACING is off)',
  arm: (directory, armed, times) => setTrigger(directory, armed.instance, eventOf(armed), times),
  disarm: (directory, armed) => clearTrigger(directory, armed.instance, eventOf(armed)),
  left: (directory, armed) => triggerLeft(directory, armed.instance, eventOf(armed)),
};

function eventOf({ name }: Armed): Tracepoint {
  const event = explicitEvent(name);
  if (event === null) throw new Error(`${name} is not written SYSTEM:EVENT`);
  return event;
}
