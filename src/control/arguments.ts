import { refuse, type Word } from './words.js';

/** What a command takes: operands by name, `?` behind an optional one, and options. */
export interface Grammar {
  /** Shown in errors: `rm NAME [--force|--later]`. */
  readonly usage: string;
  readonly least: number;
  readonly most: number;
  /** `--force` */
  readonly flags?: readonly string[];
  /** `--name VALUE` or `--name=VALUE` */
  readonly values?: readonly string[];
}

export interface Arguments {
  readonly operands: readonly Word[];
  readonly flags: ReadonlySet<string>;
  readonly values: ReadonlyMap<string, Word>;
}

/** Sorts a command's words (its name left out) by its grammar. `--` ends the options. Throws QuipuError bad-request. */
export function takeArguments(command: Word, words: readonly Word[], grammar: Grammar): Arguments {
  const operands: Word[] = [];
  const flags = new Set<string>();
  const values = new Map<string, Word>();
  let open = true;
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (!open || !word.text.startsWith('--')) {
      operands.push(word);
      continue;
    }
    if (word.text === '--') {
      open = false;
      continue;
    }
    const [name, ...rest] = word.text.slice(2).split('=');
    if (grammar.flags?.includes(name) && rest.length === 0) {
      flags.add(name);
    } else if (grammar.values?.includes(name)) {
      const value = rest.length > 0 ? { text: rest.join('='), at: word.at } : words[++i];
      if (!value) refuse(word, `--${name} wants a value: ${grammar.usage}`);
      values.set(name, value);
    } else {
      refuse(word, `${command.text} has no option ${JSON.stringify(word.text)}: ${grammar.usage}`);
    }
  }
  if (operands.length < grammar.least) refuse(command, `${command.text} wants more: ${grammar.usage}`);
  if (operands.length > grammar.most) {
    const extra = operands[grammar.most];
    refuse(extra, `${JSON.stringify(extra.text)} is too much: ${grammar.usage}`);
  }
  return { operands, flags, values };
}

/** A whole number within bounds. Throws QuipuError bad-request. */
export function wholeNumber(word: Word, what: string, min: number, max: number): number {
  const value = /^(0|[1-9][0-9]{0,9})$/.test(word.text) ? Number(word.text) : Number.NaN;
  if (value >= min && value <= max) return value;
  return refuse(word, `${what} is ${JSON.stringify(word.text)}: use a whole number from ${min} to ${max}`);
}
