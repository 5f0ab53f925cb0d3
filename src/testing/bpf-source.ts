import { EXTENSIONS, LENGTH_NAMES, MNEMONICS, type Mnemonic, type Operand } from '../bpf/assembly/syntax.js';
import type { Entropy } from './random-program.js';

/** A random program in the BPF language, and what of the language it is made of. */
export interface BpfSource {
  readonly text: string;
  /** `ld [x + k]`, `jeq #k,Lt` …, and `#proto`, `proto` … for spellings of extensions. */
  readonly covers: readonly string[];
}

/** What a program can be made of: all that `MNEMONICS` says. */
export const ALL_FORMS: readonly string[] = MNEMONICS.flatMap((mnemonic) =>
  Object.keys(mnemonic.codes).map((operand) => formName(mnemonic, operand)),
);

/** All spellings of extensions and of the length, with `#` and without. */
export const ALL_SPELLINGS: readonly string[] = [
  ...EXTENSIONS.flatMap(({ names }) => names),
  ...LENGTH_NAMES,
].flatMap((name) => [`#${name}`, name]);

interface Form {
  readonly mnemonic: Mnemonic;
  readonly operand: Operand;
}

const FORMS: readonly Form[] = MNEMONICS.flatMap((mnemonic) =>
  Object.keys(mnemonic.codes).map((operand) => ({ mnemonic, operand: operand as Operand })),
);

export interface SourceShape {
  /** Instructions, without those that store and return. */
  readonly length: number;
  /** Forms and spellings that must not be used. */
  readonly without: ReadonlySet<string>;
  /** Forms to use beside random ones, one in each place from the first on. */
  readonly first?: readonly string[];
  /** The spelling that extensions or the length have wherever they stand, if not a random one. */
  readonly spelling?: string;
}

/**
 * A program that the kernel accepts, written in every manner that bpfc of netsniff-ng understands: bases of numbers,
 * capitals, `%x`, names with `#` and without, comments, several instructions in a line or one in several.
 */
export function bpfSource(next: Entropy, { length, without, first = [], spelling }: SourceShape): BpfSource {
  const forms = FORMS.filter(({ mnemonic, operand }) => !without.has(formName(mnemonic, operand)));
  const spellings = ALL_SPELLINGS.filter(
    (name) =>
      !without.has(name) &&
      (spelling === undefined || isLength(name) !== isLength(spelling) || name === spelling),
  );
  const covers = new Set<string>();
  const statements: string[][] = [];
  const cover = (mnemonic: Mnemonic, operand: Operand) => covers.add(formName(mnemonic, operand));
  const put = (form: Form, label: () => string) => {
    cover(form.mnemonic, form.operand);
    statements.push(words(next, form, { label, spellings, covers, slot: () => next() % 16 }));
  };

  // Every slot is filled first, so that any may be read.
  const st = find('st', 'M[k]');
  for (let slot = 0; slot < 16; slot++) {
    cover(st.mnemonic, st.operand);
    statements.push(words(next, st, { label: () => '', spellings, covers, slot: () => slot }));
  }
  const body = statements.length;
  const end = body + length;
  // Only instructions that no jump leaves out of the program: the last ones are returns.
  for (let index = body; index < end; index++) {
    const wanted = first[index - body];
    const form = wanted === undefined ? pick(next, forms) : FORMS.find((one) => formNameOf(one) === wanted);
    if (form === undefined) throw new RangeError(`no form ${wanted}`);
    put(form, () => labelOf(index + 1 + (next() % (end - index))));
  }
  put(find('ret', next() % 2 ? 'a' : '#k'), () => '');
  const text = statements
    .map((statement, index) => line(next, statement, index >= body ? labelOf(index) : ''))
    .join('');
  return { text, covers: [...covers] };
}

export function isLength(spelling: string): boolean {
  return LENGTH_NAMES.includes(spelling.replace('#', ''));
}

function formName({ name }: Mnemonic, operand: string): string {
  return `${name} ${operand}`.trimEnd();
}

function formNameOf({ mnemonic, operand }: Form): string {
  return formName(mnemonic, operand);
}

function find(name: string, operand: Operand): Form {
  const form = FORMS.find((one) => one.mnemonic.name === name && one.operand === operand);
  if (form === undefined) throw new RangeError(`no form ${name} ${operand}`);
  return form;
}

/** Different enough to be told apart by capitals alone, and of at least two characters, as the peer wants them. */
function labelOf(index: number): string {
  return ['L', 'l_', 'Drop', 'next_'][index % 4] + index;
}

interface Supply {
  readonly label: () => string;
  readonly slot: () => number;
  readonly spellings: readonly string[];
  readonly covers: Set<string>;
}

/** The words of an instruction, to be put together with blanks of any kind between them. */
function words(next: Entropy, { mnemonic, operand }: Form, supply: Supply): string[] {
  const name = capitals(next, mnemonic.name);
  const x = pick(next, ['x', 'X', '%x', '%X']);
  const k = constantFor(next, mnemonic.name);
  const labels = () => [supply.label(), ...(operand.endsWith('Lf') ? [',', supply.label()] : [])];
  const spelled = (ofLength: boolean) => {
    const chosen = pick(
      next,
      supply.spellings.filter((one) => isLength(one) === ofLength),
    );
    supply.covers.add(chosen);
    return capitals(next, chosen);
  };
  switch (operand) {
    case '':
      return [name];
    case '#k':
      return [name, '#', k];
    case 'k':
      return [name, k];
    case 'x':
      return [name, x];
    case 'a':
      return [name, pick(next, ['a', 'A', '%a', '%A'])];
    case '[k]':
      return [name, '[', offset(next), ']'];
    case '[x + k]':
      return [name, '[', x, '+', ' ', offset(next), ']'];
    case 'M[k]':
      return [name, pick(next, ['M', 'm']), '[', number(next, supply.slot()), ']'];
    case '4*([k]&0xf)':
      return [
        name,
        pick(next, ['4', '0x4']),
        '*',
        '(',
        '[',
        offset(next),
        ']',
        '&',
        pick(next, ['0xf', '15', '0xF']),
        ')',
      ];
    case '#len':
      return [name, spelled(true)];
    case 'extension':
      return [name, spelled(false)];
    case 'L':
      return [name, supply.label()];
    case '#k,Lt':
    case '#k,Lt,Lf':
      return [name, '#', k, ',', ...labels()];
    default:
      return [name, x, ',', ...labels()];
  }
}

/** One statement, mostly in a line of its own. */
function line(next: Entropy, statement: readonly string[], label: string): string {
  let text = label === '' ? pick(next, ['', '\t']) : `${label}${pick(next, [':', ': ', ' :\t', ':\n'])}`;
  for (const [index, word] of statement.entries()) {
    const isGlued = /\w$/.test(text) && /^[\w#%]/.test(word);
    if (index > 0) text += isGlued ? pick(next, [' ', '\t', '  ']) : pick(next, ['', '', ' ']);
    text += word;
  }
  const end = next() % 12;
  if (end === 0) return `${text} /* ${pick(next, ['a comment', 'of\n two lines', 'x * y / z', '; #'])} */\n`;
  if (end === 1) return `${text} ; ${pick(next, ['a comment', '/* no other', '"', ''])}\n`;
  if (end === 2) return `${text}\n\n# a line that cpp has left\n`;
  return text + (end === 3 ? ' ' : '\n');
}

/** A constant that the instruction may have: no division by 0, no shift by more than 31. */
function constantFor(next: Entropy, name: string): string {
  if (name === 'lsh' || name === 'rsh') return number(next, next() % 32);
  const value = pick(next, [
    0,
    1,
    6,
    0xff,
    0x806,
    0xffff,
    0x7fffffff,
    0x80000000,
    0xfffffffe,
    0xffffffff,
    next(),
  ]);
  return number(next, (name === 'div' || name === 'mod') && value === 0 ? 1 : value);
}

/** Inside a frame, or relative to one of its headers. */
function offset(next: Entropy): string {
  const value = next() % 6 === 0 ? pick(next, [0xfff00000, 0xffe00000]) + (next() % 64) : next() % 100;
  return number(next, value);
}

function number(next: Entropy, value: number): string {
  const signed = value | 0;
  const forms = [`${value}`, `0x${value.toString(16)}`, `0X${value.toString(16).toUpperCase()}`];
  forms.push(`0b${value.toString(2)}`, `0B${value.toString(2)}`, `0${value.toString(8)}`);
  if (signed !== 0) forms.push(`${signed}`);
  if (value > 0) forms.push(`+${value}`);
  return pick(next, forms);
}

function capitals(next: Entropy, word: string): string {
  const kind = next() % 6;
  if (kind === 0) return word.toUpperCase();
  return kind === 1 ? word.slice(0, 1).toUpperCase() + word.slice(1) : word;
}

function pick<T>(next: Entropy, list: readonly T[]): T {
  return list[next() % list.length];
}
