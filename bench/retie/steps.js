// The graph that is re-tied, and the transactions: in → path → filter → left or right → out.

/** @typedef {import('../../dist/control/actions.js').ActionInput} Action */

/** Two programs that both let every test frame (EtherType 0x88b5) through: by the frame's bytes, by its metadata. */
const FILTERS = [
  '{ 0x28, 0, 0, 0x0000000c }, { 0x15, 0, 1, 0x000088b5 }, { 0x6, 0, 0, 0xffffffff }, { 0x6, 0, 0, 0x00000000 },',
  '{ 0x28, 0, 0, 0xfffff000 }, { 0x15, 0, 1, 0x000088b5 }, { 0x6, 0, 0, 0x0000ffff }, { 0x6, 0, 0, 0x00000000 },',
];

/**
 * @param {Record<string, unknown>} linkIn @param {Record<string, unknown>} linkOut
 * @returns {Action[]}
 */
export function graph(linkIn, linkOut) {
  return [
    { do: 'add', name: 'in', type: 'ethernet', config: { link: linkIn, promiscuous: true } },
    { do: 'add', name: 'out', type: 'ethernet', config: { link: linkOut, queue: 4096 } },
    { do: 'add', name: 'path0', type: 'counter' },
    { do: 'add', name: 'filter', type: 'bpf', config: { filter: FILTERS[0] } },
    { do: 'add', name: 'left', type: 'counter' },
    { do: 'add', name: 'right', type: 'counter' },
    { do: 'connect', from: 'left', port: 'ingress', to: 'out' },
    { do: 'connect', from: 'right', port: 'ingress', to: 'out' },
    { do: 'connect', from: 'filter', port: 'ingress', to: 'left' },
    { do: 'bind', upper: 'filter', lower: 'path0' },
    { do: 'bind', upper: 'path0', lower: 'in' },
  ];
}

/**
 * The i-th transaction: five kinds by turns, after which the graph has its shape back.
 * @param {number} i
 * @returns {{ kind: string, actions: Action[] }}
 */
export function step(i) {
  const round = Math.floor(i / 5);
  const [path, next] = [`path${round}`, `path${round + 1}`];
  switch (i % 5) {
    case 0:
      return { kind: 'insert', actions: [{ do: 'add', name: 'extra', type: 'forward' }, ...between(path)] };
    case 1:
      return {
        kind: 'filter',
        actions: [{ do: 'set', name: 'filter', options: { filter: FILTERS[(round + 1) % 2] } }],
      };
    case 2:
      return {
        kind: 'rewire',
        actions: [
          { do: 'disconnect', from: 'filter', port: 'ingress' },
          { do: 'connect', from: 'filter', port: 'ingress', to: round % 2 === 0 ? 'right' : 'left' },
        ],
      };
    case 3:
      return {
        kind: 'replace',
        actions: [
          { do: 'add', name: next, type: 'counter' },
          { do: 'replace', old: path, new: next },
        ],
      };
    default:
      return { kind: 'remove', actions: [...outOf(next), { do: 'rm', name: 'extra' }] };
  }
}

/** Puts `extra` between `in` and the path. @param {string} path @returns {Action[]} */
function between(path) {
  return [
    { do: 'unbind', upper: path, lower: 'in' },
    { do: 'bind', upper: 'extra', lower: 'in' },
    { do: 'bind', upper: path, lower: 'extra' },
  ];
}

/** @param {string} path @returns {Action[]} */
function outOf(path) {
  return [
    { do: 'unbind', upper: path, lower: 'extra' },
    { do: 'unbind', upper: 'extra', lower: 'in' },
    { do: 'bind', upper: path, lower: 'in' },
  ];
}

/** Collects times by kind. */
export class Pauses {
  /** @type {Map<string, number[]>} */
  byKind = new Map();

  /** @param {string} kind @param {number} since `performance.now()` at its start */
  note(kind, since) {
    const time = (performance.now() - since) * 1000;
    const times = this.byKind.get(kind);
    if (times) times.push(time);
    else this.byKind.set(kind, [time]);
  }
}
