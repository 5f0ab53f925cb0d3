import type { CallExpression } from 'acorn';
import type { ReceiveSource } from './source.js';
import { type AnyNode, childrenOf } from './tree.js';

/** Methods of the engine that leave a frame as it is. */
const KEEPS: ReadonlySet<string> = new Set(['copy', 'create', 'now', 'wakeAt']);
const MOVES: ReadonlySet<string> = new Set(['pull', 'push', 'truncate', 'fill']);

/** True when the code may change the frame's length, its start or its direction. */
export function changesFrame(at: AnyNode, source: ReceiveSource): boolean {
  return changesItself(at, source) || childrenOf(at).some(({ node }) => changesFrame(node, source));
}

/** True when the code may change the frame's direction. */
export function changesDirection(at: AnyNode, source: ReceiveSource): boolean {
  const moves = at.type === 'CallExpression' && isMove(at, source);
  if (!moves && !writesLength(at) && changesItself(at, source)) return true;
  return childrenOf(at).some(({ node }) => changesDirection(node, source));
}

/** Calls that change a frame's length and start alone. */
function isMove({ callee }: CallExpression, source: ReceiveSource): boolean {
  if (callee.type !== 'MemberExpression' || callee.object.type !== 'Identifier') return false;
  const name = callee.property.type === 'Identifier' ? callee.property.name : '';
  return callee.object.name === source.frame && MOVES.has(name);
}

function writesLength(at: AnyNode): boolean {
  if (at.type !== 'AssignmentExpression' && at.type !== 'UpdateExpression') return false;
  const target = at.type === 'AssignmentExpression' ? at.left : at.argument;
  if (target.type !== 'MemberExpression' || target.computed || target.property.type !== 'Identifier')
    return false;
  return target.property.name === 'length' || target.property.name === 'start';
}

/** The same for a node alone, what is below it aside. */
export function changesItself(at: AnyNode, source: ReceiveSource): boolean {
  if (at.type === 'AssignmentExpression') return isTold(at.left);
  if (at.type === 'UpdateExpression') return isTold(at.argument);
  if (at.type !== 'CallExpression') return false;
  const { callee } = at;
  if (callee.type !== 'MemberExpression') return gets(at.arguments, source);
  const on = callee.object.type === 'Identifier' ? callee.object.name : '';
  const name = callee.property.type === 'Identifier' ? callee.property.name : '';
  if (on === '') return gets(at.arguments, source); // of a member: a receive without a second parameter has no engine
  if (on === source.frame) return MOVES.has(name);
  if (on === source.engine) return !KEEPS.has(name);
  return on !== 'Math' && gets(at.arguments, source);
}

/** Whoever gets the frame may do with it what it likes; so may who gets anything, once the frame has another name. */
function gets(args: readonly AnyNode[], source: ReceiveSource): boolean {
  if (source.frameUse === 'kept') return true;
  return args.some((arg) => arg.type === 'Identifier' && arg.name === source.frame);
}

function isTold(target: AnyNode): boolean {
  if (target.type !== 'MemberExpression' || target.computed || target.object.type === 'ThisExpression')
    return false;
  return target.property.type === 'Identifier' && /^(direction|length|start)$/.test(target.property.name);
}
