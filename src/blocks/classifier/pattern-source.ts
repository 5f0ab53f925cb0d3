import type { Clause } from './pattern.js';

/** A comparison of 1, 2 or 4 bytes; value and mask are signed. */
interface Test {
  readonly offset: number;
  readonly width: 1 | 2 | 4;
  readonly value: number;
  readonly mask: number;
}

const READERS = { 1: 'u8', 2: 'u16', 4: 'u32' } as const;
const NAMES = { 1: 'byte', 2: 'half', 4: 'word' } as const;

/** Source of byte patterns. What several rules look at, one of them first of all, is read once for all. */
export class PatternSource {
  private readonly common = new Map<string, string>();

  constructor(rules: readonly (readonly Clause[])[]) {
    const tests = rules.map((rule) => rule.flatMap(testsOf));
    for (const [first] of tests) {
      if (first === undefined) continue;
      const read = readText(first);
      const users = tests.filter((list) => list.some((test) => readText(test) === read));
      if (users.length > 1) this.common.set(read, `${NAMES[first.width]}${first.offset}`);
    }
  }

  /** Declarations that go before the rules. */
  declarations(): string {
    return [...this.common].map(([read, name]) => `const ${name} = ${read};\n`).join('');
  }

  /** The condition under which a frame matches all clauses. */
  condition(clauses: readonly Clause[]): string {
    const plain = clauses.filter((clause) => !clause.negated);
    const parts = plain.length > 0 ? this.parts(plain) : [];
    for (const clause of clauses) {
      if (clause.negated) parts.push(`!(${this.parts([clause]).join(' && ')})`);
    }
    return parts.join(' && ');
  }

  private parts(clauses: readonly Clause[]): string[] {
    const tests = clauses.flatMap(testsOf);
    const end = Math.max(...clauses.map(({ offset, value }) => offset + value.length));
    // Reads behind the frame's end answer 0: a test for another value that ends there checks the length too.
    const told = tests.some((test) => test.offset + test.width >= end && test.value !== 0);
    const lengths = told ? [] : [`frame.length >= ${end}`];
    return [...lengths, ...tests.map((test) => this.testText(test))];
  }

  private testText(test: Test): string {
    const read = readText(test);
    const at = this.common.get(read) ?? read;
    const whole = test.width === 4 ? -1 : 256 ** test.width - 1;
    if (test.mask !== whole) return `(${at} & ${test.mask}) === ${test.value}`;
    return test.width === 4 ? `(${at} | 0) === ${test.value}` : `${at} === ${test.value}`;
  }
}

function readText({ offset, width }: Test): string {
  return `frame.${READERS[width]}(${offset})`;
}

/** Parts a clause into the widest tests; bytes that may be anything need none. */
function testsOf({ offset, value, mask }: Clause): Test[] {
  const tests: Test[] = [];
  let at = 0;
  while (at < value.length) {
    if (mask[at] === 0) {
      at++;
      continue;
    }
    const left = value.length - at;
    const width = left >= 4 ? 4 : left >= 2 ? 2 : 1;
    tests.push({
      offset: offset + at,
      width,
      value: numberAt(value, at, width),
      mask: numberAt(mask, at, width),
    });
    at += width;
  }
  return tests;
}

function numberAt(bytes: Uint8Array, at: number, width: number): number {
  let number = 0;
  for (let i = 0; i < width; i++) number = (number << 8) | bytes[at + i];
  return number;
}
