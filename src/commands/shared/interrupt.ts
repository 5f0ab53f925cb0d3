const controller = new AbortController();
let listening = false;

/**
 * Aborted by Ctrl-C or SIGTERM, for commands that have something to finish before they end (with exit code 130). A
 * second signal ends the process at once.
 */
export function interruption(): AbortSignal {
  if (!listening) {
    listening = true;
    const stop = () => controller.abort();
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
  }
  return controller.signal;
}

export function wasInterrupted(): boolean {
  return controller.signal.aborted;
}

/** Waits; ends early, and answers false, when interrupted, or when another signal says so. */
export function pause(milliseconds: number, signal = interruption()): Promise<boolean> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(false);
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve(true);
    }, milliseconds);
    const stop = () => {
      clearTimeout(timer);
      resolve(false);
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}
