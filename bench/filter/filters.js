// What is measured: programs of one, of 13 and of 33 instructions.

import { acceptAll } from '../../dist/bpf/common.js';
import { compileExpression } from '../../dist/bpf/expression.js';

/** @type {Record<string, import('../../dist/bpf/opcodes.js').Program>} */
export const filters = {
  '(all)': acceptAll(),
  'ip and udp port 53': compileExpression('ip and udp port 53'),
  'tcp port 80 or udp port 53': compileExpression('tcp port 80 or udp port 53'),
};
