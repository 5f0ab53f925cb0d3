// node engine-death.js: starts a node of three engines, ends one of its threads, and prints as JSON what came of it.

import { startNode } from '../../../dist/index.js';

/** @type {Error | null} */
let death = null;
const node = await startNode({
  engines: 3,
  onDeath: (error) => {
    death = error;
  },
});
await node.transaction([{ do: 'add', name: 'a', type: 'counter' }]);
const blocks = (await node.list()).length;
const { workers } = /** @type {{ workers: { worker: import('node:worker_threads').Worker }[] }} */ (
  /** @type {unknown} */ (node.handle)
);
const waiting = node.transaction([{ do: 'add', name: 'b', type: 'counter' }]);
await workers[1].worker.terminate();
const outcome = await waiting.then(
  () => 'made before',
  (/** @type {Error} */ error) => error.message,
);
const after = await node.status().then(
  () => 'answered',
  (/** @type {Error} */ error) => error.message,
);
// It ends by itself: no thread is left.
process.on('exit', () => console.log(JSON.stringify({ blocks, outcome, after, died: death !== null })));
