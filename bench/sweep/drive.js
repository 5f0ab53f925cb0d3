// An engine with one link, driven by hand.

import { setPriority } from 'node:os';
import { catalogue } from '../../dist/blocks/catalogue.js';
import { linkOpener } from '../../dist/daemon/link-kinds.js';
import { Engine } from '../../dist/engine/engine.js';
import { poolBytes } from '../../dist/engine/pool.js';
import { systemClock } from '../../dist/linux/clock.js';
import { reserveMemory } from '../../dist/linux/mapped-memory.js';
import { Poller } from '../../dist/linux/poll.js';

/** Room for a ring, in bytes. */
const RING_ROOM = 1 << 28;
/** Between two looks at the link's losses, in microseconds. */
const INSPECT = 100_000;
/** A loop that waits looks this often whether it is to end, in milliseconds. */
const LONGEST_WAIT = 20;

/**
 * Runs link → forward → discard until it is told to end. Of `shared`, the first three are written: frames in,
 * consumed, dropped; then 1 as soon as frames are taken; the fifth is read: 1 ends it.
 * @param {import('./models.js').Model} model @param {string} device @param {Float64Array} shared
 * @param {(last: { totals: import('../../dist/engine/accounts.js').Totals, whole: boolean }) => void} ended
 */
export function drive({ io, wait, batch = 64, nice }, device, shared, ended) {
  if (nice !== undefined) setPriority(0, nice); // of this thread: it is Linux
  const memory = reserveMemory(poolBytes({}) + RING_ROOM);
  const engine = new Engine({
    types: catalogue,
    clock: systemClock,
    random: () => 0,
    openLink: linkOpener(new Map()),
    ...(memory === null ? {} : { pool: { memory } }),
  });
  engine.transaction((changes) => {
    const add = (/** @type {string} */ name, /** @type {string} */ type, /** @type {object} */ config = {}) =>
      engine.lifecycle.add(name, type, { ...config }, changes);
    const link = { kind: 'af-packet', device, io, batch };
    const [from, over, end] = [
      add('link', 'ethernet', { link, promiscuous: true }),
      add('b0', 'forward'),
      add('end', 'discard'),
    ];
    engine.bindings.connect(from, 'ingress', over, changes);
    engine.bindings.connect(over, 'ingress', end, changes);
  });
  const [joint] = engine.joints();
  const poller = new Poller();
  poller.add(joint.link.fd);
  let inspectAt = 0;

  /** One turn; answers whether frames came, or -1 when it is to end. */
  const turn = () => {
    joint.ready = true;
    const came = engine.turn();
    const now = systemClock.now();
    if (now >= inspectAt) {
      inspectAt = now + INSPECT;
      engine.inspectLinks();
    }
    const { in: entered, consumed, dropped } = engine.accounts;
    shared[0] = entered;
    shared[1] = consumed;
    shared[2] = dropped;
    shared[3] = 1;
    return shared[4] !== 0 && came === 0 ? -1 : came;
  };
  const end = () => {
    poller.remove(joint.link.fd);
    const totals = engine.totals();
    engine.close();
    if (nice !== undefined) setPriority(0, 0);
    ended({ totals, whole: engine.pool.free === engine.pool.size });
  };

  if (wait === 'turn') {
    const loop = () => (turn() < 0 ? end() : void setImmediate(loop));
    loop();
    return;
  }
  for (let came = turn(); came >= 0; came = turn())
    if (came === 0 && wait === 'poll') poller.wait(LONGEST_WAIT);
  end();
}
