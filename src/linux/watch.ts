import koffi from 'koffi';

/** Watches a file descriptor from Node's event loop. */
export interface Watch {
  /** The descriptor is watched no more; do it before it is closed. */
  close(): void;
  /** Whether it keeps the process alive. */
  ref(): void;
  unref(): void;
}

/** Calls `readable` whenever there is something to read. libuv watches it: level-triggered. */
export function watchReadable(fd: number, readable: () => void): Watch {
  // The handle has to be held: one that is collected stops without a word.
  const handle = koffi.node.poll(fd, { readable: true }, readable);
  return {
    close: () => handle.close(),
    ref: () => handle.ref(),
    unref: () => handle.unref(),
  };
}
