import { EXTENSIONS, LENGTH_NAMES, MNEMONICS } from '../../bpf/assembly/syntax.js';
import { table } from '../shared/table.js';

/** What `bpfc -d` prints: every instruction with its operands, every extension with its spellings. */
export function instructionTable(): string {
  const instructions = MNEMONICS.map(({ name, codes, summary }) => [
    name,
    Object.keys(codes).join('  ') || 'nothing',
    summary,
  ]);
  const extensions = [
    ...EXTENSIONS.map(({ names, k, summary }) => [namesText(names), `[${k | 0}]`, summary]),
    [namesText(LENGTH_NAMES), 'ld and ldx only', 'length of the frame'],
  ];
  return [
    table([['INSTRUCTION', 'OPERANDS', 'MEANING'], ...instructions]),
    table([['EXTENSION', 'SAME AS', 'MEANING'], ...extensions]),
  ].join('\n');
}

function namesText(names: readonly string[]): string {
  return names.map((name) => `#${name}`).join(' ');
}
