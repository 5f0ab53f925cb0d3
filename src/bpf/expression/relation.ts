import { Alu } from '../opcodes.js';
import { all, type Condition, not, test } from './condition.js';
import { etherType, IPV4, IPV6, ipProtocol, is, networkAt, notFragment, typeAt } from './headers.js';
import { faultAt } from './lexer.js';
import { linkType } from './link-type.js';
import { PROTOCOLS } from './names.js';
import type { Access, Arithmetic, Operator, Relation } from './syntax.js';
import type { Value, Values } from './values.js';

const OPERATIONS: Readonly<Record<Operator, number>> = {
  '+': Alu.add,
  '-': Alu.sub,
  '*': Alu.mul,
  '/': Alu.div,
  '%': Alu.mod,
  '&': Alu.and,
  '|': Alu.or,
  '^': Alu.xor,
  '<<': Alu.lsh,
  '>>': Alu.rsh,
};

const ICMPV6 = 58;

interface Context {
  readonly values: Values;
  readonly text: string;
  /** What must be true of the frame before the bytes may be read. */
  readonly needs: Condition[];
}

/** A comparison of two numbers: true only of frames that have the headers which each of them reads first. */
export function relation(values: Values, { left, operator, right }: Relation, text: string): Condition {
  const context: Context = { values, text, needs: [] };
  const a = evaluate(context, left);
  const b = evaluate(context, right);
  const compared = (): Condition => {
    switch (operator) {
      case '=':
        return test(values, a, 'equal', b);
      case '!=':
        return not(test(values, a, 'equal', b));
      case '>':
        return test(values, a, 'greater', b);
      case '<=':
        return not(test(values, a, 'greater', b));
      case '>=':
        return test(values, a, 'at-least', b);
      default:
        return not(test(values, a, 'at-least', b));
    }
  };
  return all(...context.needs, compared());
}

function evaluate(context: Context, arithmetic: Arithmetic): Value {
  const { values, text } = context;
  switch (arithmetic.kind) {
    case 'number':
      return values.constant(arithmetic.value);
    case 'length':
      return values.length();
    case 'access':
      return bytesOf(context, arithmetic);
    case 'negative':
      return values.operation(Alu.sub, values.constant(0), evaluate(context, arithmetic.operand));
    default: {
      const { operator, left, right, at } = arithmetic;
      // As libpcap has it, what the right side reads is not asked for: `ip[0] + tcp[0]` is of all of IP.
      const [a, b] = [evaluate(context, left), evaluate({ ...context, needs: [] }, right)];
      if (b.kind === 'constant') {
        if (b.k === 0 && (operator === '/' || operator === '%')) throw faultAt(text, at, 'this divides by 0');
        if (b.k > 31 && (operator === '<<' || operator === '>>')) {
          throw faultAt(text, at, `this shifts by ${b.k} bits; use 0 to 31`);
        }
      }
      return values.operation(OPERATIONS[operator], a, b);
    }
  }
}

function bytesOf(context: Context, { protocol, index, size, tags, at }: Access): Value {
  const { values, text, needs } = context;
  const position = evaluate(context, index);
  const known = PROTOCOLS.get(protocol);
  const network = networkAt(tags);
  let offset = network;
  let headerLength: Value | null = null;
  if (known?.layer === 'link') {
    offset = 0;
  } else if (known?.etherType !== undefined) {
    needs.push(linkType(values, known.etherType, typeAt(tags)));
  } else if (known?.number === ICMPV6) {
    // Counted from the end of the fixed header: what has extension headers has no bytes here.
    needs.push(etherType(values, IPV6, tags), is(values, values.load(1, network + 6), ICMPV6));
    offset = network + 40;
  } else {
    needs.push(etherType(values, IPV4, tags));
    needs.push(ipProtocol(values, 'any', known?.number ?? 0, tags), notFragment(values, tags));
    headerLength = values.headerLength(network);
  }
  if (position.kind === 'constant' && offset + position.k + size > 0x7fffffff) {
    throw faultAt(text, at, `the bytes of ${protocol} begin at 0, and no frame has so many`);
  }
  if (headerLength === null) return values.load(size, offset, position);
  if (position.kind === 'constant') return values.load(size, offset + position.k, headerLength);
  return values.load(size, offset, values.operation(Alu.add, headerLength, position));
}
