import { expect, test } from 'vitest';
import { SHARED_BYTES, SharedFigures } from './shared-figures.js';

test('what one end publishes the other reads, exact beyond 32 bits', () => {
  const memory = new SharedArrayBuffer(SHARED_BYTES);
  const [worker, main] = [new SharedFigures(memory), new SharedFigures(memory)];
  expect(main.read()).toEqual({ frames: 0, bytes: 0, waits: 0, first: 0, last: 0 });
  for (const frames of [1, 5_000_000_000, 2 ** 53 - 1]) {
    worker.publish(frames, frames - 1, 3, 1.5, 2.25);
    expect(main.read()).toEqual({ frames, bytes: frames - 1, waits: 3, first: 1.5, last: 2.25 });
  }
});

test('figures that are being written are not read', () => {
  const memory = new SharedArrayBuffer(SHARED_BYTES);
  const [worker, main] = [new SharedFigures(memory), new SharedFigures(memory)];
  worker.publish(1, 2, 3, 4, 5);
  worker.publish(10, 20, 30, 40, 50);
  // The worker stops in the middle of the next publication: it writes where nobody reads.
  const words = new Int32Array(memory);
  const before = [...words];
  worker.publish(100, 200, 300, 400, 500);
  const version = words.findIndex((word, i) => word === before[i] + 1);
  words[version]--;
  expect(main.read().frames).toBe(10);
});

test('refusals are counted by error number', () => {
  const memory = new SharedArrayBuffer(SHARED_BYTES);
  const [worker, main] = [new SharedFigures(memory), new SharedFigures(memory)];
  for (const errno of [90, 22, 90, 1000]) worker.refuse(errno);
  expect([...main.refused()]).toEqual([
    [22, 1],
    [90, 2],
    [255, 1],
  ]);
});

test('stop lets go, too', () => {
  const memory = new SharedArrayBuffer(SHARED_BYTES);
  const [worker, main] = [new SharedFigures(memory), new SharedFigures(memory)];
  expect(worker.stopped).toBe(false);
  main.stop();
  expect(worker.stopped).toBe(true);
  worker.awaitGo();
  worker.sleep(1e9);
});
