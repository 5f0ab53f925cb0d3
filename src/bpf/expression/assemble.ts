import {
  Class,
  type Instruction,
  Jump,
  jump,
  KEEP_ALL,
  type Program,
  Return,
  Source,
  statement,
} from '../opcodes.js';
import { ACCEPT, type Branch, inOrder, type Node, REFUSE } from './graph.js';
import { type Held, Registers } from './registers.js';

const COMPARISONS = { equal: Jump.jeq, greater: Jump.jgt, 'at-least': Jump.jge, common: Jump.jset } as const;
/** Farthest that a conditional jump leads. */
const MAX_SKIP = 255;

/** A branch's code: how to compute its operands, then its jump. */
interface Piece {
  readonly branch: Branch;
  readonly statements: readonly Instruction[];
  readonly code: number;
  readonly k: number;
}

/** The instructions for a graph. Throws RangeError where the scratch memory does not suffice. */
export function assemble(root: Node): Program {
  const pieces = select(root);
  // Backwards, as all jumps lead forward: where a jump leads is known by its distance from the end.
  const reversed: Instruction[] = [];
  const places = new Map<Node, number>();
  const alike = new Map<string, number>();
  for (const end of [REFUSE, ACCEPT]) {
    if (root !== end && !pieces.some(({ branch }) => branch.yes === end || branch.no === end)) continue;
    reversed.push(ret(end.accepts));
    places.set(end, reversed.length);
  }
  for (const { branch, statements, code, k } of pieces.reverse()) {
    // Different loads may lead to the same comparison with the same ends.
    const key = [code, k, places.get(branch.yes), places.get(branch.no), JSON.stringify(statements)].join();
    const written = alike.get(key);
    if (written !== undefined) {
      places.set(branch, written);
      continue;
    }
    let [jt, jf] = [skip(branch.yes), skip(branch.no)];
    // What is too far to jump to is led on from right behind; that may put the other one out of reach.
    if (jf > MAX_SKIP || (jt > MAX_SKIP && jf === MAX_SKIP)) {
      reversed.push(far(branch.no, jf));
      jf = 0;
      jt = skip(branch.yes);
    }
    if (jt > MAX_SKIP) {
      reversed.push(far(branch.yes, jt));
      jf++;
      jt = 0;
    }
    reversed.push(jump(code, k, jt, jf));
    for (const instruction of [...statements].reverse()) reversed.push(instruction);
    places.set(branch, reversed.length);
    alike.set(key, reversed.length);
  }
  return reversed.reverse();

  /** Instructions between the next one written and the node. */
  function skip(node: Node): number {
    return reversed.length - (places.get(node) ?? 0);
  }
}

function far(node: Node, distance: number): Instruction {
  return node.test === null ? ret(node.accepts) : statement(Class.jmp | Jump.ja, distance);
}

function ret(accepts: boolean): Instruction {
  return statement(Class.ret | Return.k, accepts ? KEEP_ALL : 0);
}

/** Chooses instructions in order; what all ways to a branch leave in A and X need not be computed again. */
function select(root: Node): Piece[] {
  const held = new Map<Node, Held>([[root, { a: null, x: null }]]);
  return inOrder(root).map((branch) => {
    const registers = new Registers(held.get(branch) ?? { a: null, x: null });
    const { left, comparison, right } = branch.test;
    const source = registers.operands(left, right);
    const { a, x, instructions } = registers;
    for (const next of [branch.yes, branch.no]) {
      const others = held.get(next);
      held.set(next, others ? { a: others.a === a ? a : null, x: others.x === x ? x : null } : { a, x });
    }
    return {
      branch,
      statements: instructions,
      code: Class.jmp | COMPARISONS[comparison] | source,
      k: source === Source.k && right.kind === 'constant' ? right.k : 0,
    };
  });
}
