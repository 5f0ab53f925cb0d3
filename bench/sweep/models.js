// Ways to drive an engine, beside LANA's five back ends (seed 004 §6.5).

/**
 * @typedef {object} Model
 * @property {string} what
 * @property {string} [lana] the one of LANA's that it corresponds to
 * @property {'ring' | 'recvmmsg'} io
 * @property {number} [batch] frames that one system call brings
 * @property {'poll' | 'spin' | 'turn'} wait for frames: in poll(2), not at all, or by turns of Node's event loop
 * @property {boolean} [inMainThread]
 * @property {number} [nice] of the thread
 */

/** @type {Record<string, Model>} */
export const models = {
  'main-loop': {
    what: "main loop: turns of Node's event loop",
    io: 'recvmmsg',
    wait: 'turn',
    inMainThread: true,
  },
  single: { what: 'worker with poll, a frame a call', io: 'recvmmsg', wait: 'poll', batch: 1 },
  high: { what: 'worker with poll, nice -20', lana: 'kthr hp', io: 'recvmmsg', wait: 'poll', nice: -20 },
  poll: { what: 'worker with poll', lana: 'kthr np', io: 'recvmmsg', wait: 'poll' },
  spin: { what: 'worker with spin', lana: 'kthr cs', io: 'recvmmsg', wait: 'spin' },
  ring: { what: 'worker with poll, ring', io: 'ring', wait: 'poll' },
};

/** The node itself: what `quipu up` runs. */
export const NODE = { what: "batch: ring, gathered by a timer (the node's own)", lana: 'kthr ksirq-hrt' };

/** LANA's last and best: runs in the kernel's receive interrupt, where no program of user space runs. */
export const WITHOUT_COUNTERPART = 'kthr ksirq-nrx';
