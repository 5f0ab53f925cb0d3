import { compileFilter, inlineSource } from '../../bpf/compile.js';
import { compileExpression } from '../../bpf/expression.js';
import type { Program } from '../../bpf/opcodes.js';
import { BpfError } from '../../bpf/tuples.js';
import type { Random } from '../../contract/clock.js';
import { QuipuError } from '../../contract/error.js';
import type { Frame } from '../../contract/frame.js';
import { type Clause, isPattern, matchesAll, parsePattern } from './pattern.js';
import { PatternSource } from './pattern-source.js';

/** What frames a rule takes. */
export interface Rule {
  readonly text: string;
  readonly kind: 'any' | 'pattern' | 'filter';
  readonly clauses: readonly Clause[];
  readonly program: Program;
  /** The reference: how the rule is applied where no source is made of it. */
  readonly matches: (frame: Frame, random: Random) => boolean;
}

/** Reads rules; throws QuipuError bad-config with the place of the fault. */
export function parseRules(texts: readonly string[]): Rule[] {
  const rules = texts.map((text, i) => parseRule(text.trim(), `rules.${i}`));
  const any = rules.findIndex((rule) => rule.kind === 'any');
  if (any >= 0 && any < rules.length - 1) {
    throw new QuipuError(
      'bad-config',
      `rules.${any + 1}: no frame gets here, rule ${any} takes all; put it last`,
    );
  }
  return rules;
}

function parseRule(text: string, where: string): Rule {
  if (text === '-' || text === 'any')
    return { text, kind: 'any', clauses: [], program: [], matches: () => true };
  if (isPattern(text)) {
    const clauses = parsePattern(text, where);
    const test = (frame: Frame) => matchesAll(clauses, frame);
    return { text, kind: 'pattern', clauses, program: [], matches: test };
  }
  let program: Program;
  try {
    program = compileExpression(text);
  } catch (error) {
    if (!(error instanceof BpfError)) throw error;
    throw new QuipuError('bad-config', `${where}: ${error.message}`);
  }
  const run = compileFilter(program);
  const test = (frame: Frame, random: Random) => run(frame, random) !== 0;
  return { text, kind: 'filter', clauses: [], program, matches: test };
}

/**
 * Statements that try the rules in their order; `take` is the statement for a frame that rule i takes. Control runs off
 * the end when none does. Null when a rule cannot be said in the portable subset.
 */
export function rulesSource(rules: readonly Rule[], take: (rule: number) => string): string | null {
  const patterns = new PatternSource(rules.map((rule) => rule.clauses));
  let body = '';
  for (const [i, rule] of rules.entries()) {
    if (rule.kind === 'any') {
      body += `${take(i)}\n`;
    } else if (rule.kind === 'pattern') {
      body += `if (${patterns.condition(rule.clauses)}) {\n${take(i)}\n}\n`;
    } else {
      const filter = inlineSource(rule.program);
      if (filter === null) return null;
      body += `refuse: {\naccept: {\n${filter}\n}\n${take(i)}\n}\n`;
    }
  }
  const keep = /\bkeep\b/.test(body) ? 'let keep = 0;\n' : '';
  return keep + patterns.declarations() + body;
}
