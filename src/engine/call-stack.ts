/** More calls than any way through the engine is deep. */
const DEEPEST = 64;

/** A function of the call stack. */
export type Caller = (...words: never[]) => unknown;

/**
 * The JavaScript calls below `caller`, that of its own caller first: `Dispatch.walk (file:///…/dispatch.js:180:35)`, as V8
 * writes them. For what is looked at once: it is slow, and allocates.
 */
export function callsBelow(caller: Caller): string[] {
  const holder: { stack?: string } = {};
  const usual = Error.stackTraceLimit;
  Error.stackTraceLimit = DEEPEST;
  try {
    Error.captureStackTrace(holder, caller);
    return (holder.stack ?? '').split('\n').flatMap((line) => {
      const call = /^\s+at (.+)$/.exec(line);
      return call === null ? [] : [call[1]];
    });
  } finally {
    Error.stackTraceLimit = usual;
  }
}
