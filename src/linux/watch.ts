import koffi from 'koffi';

/** Watches a file descriptor from Node's event loop. */
export interface Watch {
  /** The descriptor is watched no more; do it before it is closed. */
  close(): void;
  /** Whether it keeps the process alive. */
  ref(): void;
  unref(): void;
}

/** Handles that are not closed. One that becomes readable while Node takes itself down makes koffi abort the process. */
const open = new Set<{ close(): void }>();
process.on('exit', () => {
  for (const handle of open) handle.close();
  open.clear();
});

/** Calls `readable` whenever there is something to read. libuv watches it: level-triggered. */
export function watchReadable(fd: number, readable: () => void): Watch {
  // The handle has to be held: one that is collected stops without a word.
  const handle = koffi.node.poll(fd, { readable: true }, readable);
  open.add(handle);
  return {
    close: () => {
      open.delete(handle);
      handle.close();
    },
    ref: () => handle.ref(),
    unref: () => handle.unref(),
  };
}
