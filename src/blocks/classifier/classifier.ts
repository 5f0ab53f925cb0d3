import { z } from 'zod';
import { filterHelpers } from '../../bpf/emit.js';
import type { Block, BlockContext } from '../../contract/block.js';
import type { Random } from '../../contract/clock.js';
import { EGRESS } from '../../contract/direction.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { parseRules, type Rule, rulesSource } from './rules.js';

const MOST = 16;
const NO_MATCH = drop(0);

const config = z.strictObject({
  rules: z
    .array(z.string().min(1).max(2000))
    .min(1)
    .max(MOST)
    .describe(
      'rules in their order, the i-th leads to ingress<i>: byte patterns, an expression, or - for all',
    ),
});

/**
 * Sends each frame that comes up where the first rule leads that it matches; frames that none takes are dropped.
 * Downwards it passes on. A rule is byte patterns, an expression of pcap-filter(7), or `-`.
 */
export class Classifier implements Block {
  static readonly kind = 'classifier';
  static readonly summary = 'sends each frame up by the port of the first rule that it matches';
  static readonly mode = 'dual';
  static readonly ports = { ingress: MOST, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'rules';
  static readonly counters = { packets: 'frames that came up' };
  static readonly drops = { 'no-match': 'no rule takes it' };
  static readonly uses = { EGRESS, NO_MATCH, ...filterHelpers };
  /** It asks the rules one by one, each a function; `inline` has them as code. */
  static readonly portable = false;

  packets = 0;
  rules: readonly Rule[] = [];
  /** Frames that each rule has taken. */
  taken: Float64Array = new Float64Array(MOST);
  readonly random: Random;
  private previous: { readonly rules: readonly Rule[]; readonly taken: Float64Array } | null = null;

  constructor(context: BlockContext, options: z.infer<typeof config>) {
    this.random = context.random;
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    const rules = parseRules(options.rules);
    const { rules: before, taken } = this;
    // A change that is taken back finds its counts again.
    const again = this.previous !== null && sameTexts(rules, this.previous.rules) ? this.previous : null;
    if (!sameTexts(rules, before)) {
      this.taken = again ? again.taken : new Float64Array(MOST);
      this.previous = { rules: before, taken };
    }
    this.rules = rules;
  }

  receive(frame: Frame): number {
    if (frame.direction === EGRESS) return EGRESS;
    this.packets++;
    for (let i = 0; i < this.rules.length; i++) {
      if (this.rules[i].matches(frame, this.random)) {
        this.taken[i]++;
        return 2 * i;
      }
    }
    return NO_MATCH;
  }

  /** The rules as straight code. */
  inline(): string | null {
    const body = rulesSource(this.rules, (i) => `this.taken[${i}]++;\nreturn ${2 * i};`);
    if (body === null) return null;
    const end = this.rules.at(-1)?.kind === 'any' ? '' : 'return NO_MATCH;\n';
    return `receive(frame) {\nif (frame.direction === EGRESS) return EGRESS;\nthis.packets++;\n${body}${end}}`;
  }

  details(): Record<string, unknown> {
    return {
      rules: this.rules.map(({ text }, i) => ({ rule: text, port: `ingress${i}`, frames: this.taken[i] })),
    };
  }
}

function sameTexts(a: readonly Rule[], b: readonly Rule[]): boolean {
  return a.length === b.length && a.every((rule, i) => rule.text === b[i].text);
}
