import { refusalText, type TraceDirectory } from './directory.js';
import { timesLeft } from './event-trigger.js';
import type { Armed, WayDriver } from './way.js';

/** The call that the compiler puts at the head of every function, with a command for one of them (ftrace.rst, "Filter commands"). */
export const ftrace: WayDriver = {
  obstacle: (directory) => {
    if (!hasFunctionTracer(directory))
      return 'the kernel has no function tracer: available_tracers lacks "function" (CONFIG_FUNCTION_TRACER is off)';
    if (!directory.exists('set_ftrace_filter'))
      return 'tracefs has no file set_ftrace_filter (CONFIG_DYNAMIC_FTRACE is off)';
    try {
      directory.tryOpen('set_ftrace_filter');
      return '';
    } catch (error) {
      return `the kernel has the function tracer and does not let it be used: set_ftrace_filter: ${refusalText(error)}`;
    }
  },
  arm: (directory, armed, times) => directory.write(filterFile(armed), `${armed.name}:stacktrace:${times}`),
  // Any count names the counted kind of probe, which is another than the one without.
  disarm: (directory, armed) => directory.write(filterFile(armed), `!${armed.name}:stacktrace:0`),
  left: (directory, armed) => {
    const name = armed.name.replace(/[.$]/g, '\\$&');
    return timesLeft(directory.read(filterFile(armed)), new RegExp(`^${name}:stacktrace:(\\S+)`, 'm'));
  },
};

function hasFunctionTracer(directory: TraceDirectory): boolean {
  return directory.read('available_tracers').split(/\s+/).includes('function');
}

function filterFile({ instance }: Armed): string {
  return `instances/${instance}/set_ftrace_filter`;
}
