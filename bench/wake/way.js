// Ways to wake the main thread from a worker that is busy.

import { parentPort } from 'node:worker_threads';
import { libc } from '../../dist/linux/libc.js';
import { signalEvent } from '../../dist/linux/signal-event.js';
import { watchReadable } from '../../dist/linux/watch.js';

/**
 * What both threads share.
 * @typedef {object} Shared
 * @property {SharedArrayBuffer} word a 32-bit word for Atomics.notify
 * @property {number} fd an event descriptor
 */

/**
 * How the worker wakes: made there, called for every wake-up.
 * @type {Record<string, (shared: Shared) => () => void>}
 */
export const wakers = {
  postMessage: () => () => parentPort?.postMessage({ type: 'wake', ring: 1 }),
  'eventfd, koffi': ({ fd }) => {
    const { write } = libc();
    const one = new Uint8Array(new BigUint64Array([1n]).buffer);
    return () => void write(fd, one, 8);
  },
  'eventfd, writeSync':
    ({ fd }) =>
    () =>
      signalEvent(fd),
  waitAsync: ({ word }) => {
    const words = new Int32Array(word);
    return () => {
      Atomics.add(words, 0, 1);
      Atomics.notify(words, 0);
    };
  },
};

/** A watch that is collected stops. @type {import('../../dist/linux/watch.js').Watch[]} */
const held = [];

/**
 * Node 20 has it, TypeScript's ES2023 has not.
 * @typedef {{ waitAsync(words: Int32Array, index: number, value: number): { value: Promise<string> | string } }} Waiting
 */
const { waitAsync } = /** @type {Waiting} */ (/** @type {unknown} */ (Atomics));

/**
 * How the main thread is woken.
 * @param {string} way @param {Shared} shared @param {import('node:worker_threads').Worker} worker
 * @param {() => void} woken
 */
export function listen(way, { word, fd }, worker, woken) {
  if (way === 'postMessage') {
    worker.on('message', ({ type }) => {
      if (type === 'wake') woken();
    });
  } else if (way === 'waitAsync') {
    listenByWord(new Int32Array(word), woken);
  } else {
    const { read } = libc();
    const scratch = new Uint8Array(new ArrayBuffer(8));
    held.push(
      watchReadable(fd, () => {
        read(fd, scratch, 8);
        woken();
      }),
    );
  }
}

/** @param {Int32Array} words @param {() => void} woken */
function listenByWord(words, woken) {
  const wait = async () => {
    for (;;) {
      const seen = Atomics.load(words, 0);
      woken(); // what came before was read here; what comes from here on changes the word
      await waitAsync(words, 0, seen).value;
    }
  };
  void wait();
}
