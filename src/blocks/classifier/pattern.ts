import { QuipuError } from '../../contract/error.js';
import type { Frame } from '../../contract/frame.js';

/** One clause of a rule: bytes at an offset, compared under a mask. */
export interface Clause {
  readonly offset: number;
  /** As long as the pattern; bits outside the mask are 0. */
  readonly value: Uint8Array;
  readonly mask: Uint8Array;
  /** True when a frame must not match it. */
  readonly negated: boolean;
}

const LONGEST = 64;
const CLAUSE = /^(!?)([0-9]{1,5})\/([0-9a-fA-F?]+)(?:%([0-9a-fA-F]+))?$/;

/** True for a text that is meant as byte patterns: it begins like one. */
export function isPattern(text: string): boolean {
  return /^!?[0-9]+\//.test(text);
}

/**
 * Reads clauses of the form `offset/value%mask`, parted by blanks, all of which a frame has to match: the offset decimal,
 * value and mask in hex; `?` stands for any hex digit, `!` before a clause turns it round.
 * Throws QuipuError bad-config.
 */
export function parsePattern(text: string, where: string): Clause[] {
  const words = text.split(/\s+/).filter((word) => word !== '');
  return words.map((word) => parseClause(word, `${where}, "${word.slice(0, 80)}"`));
}

function parseClause(word: string, where: string): Clause {
  const match = CLAUSE.exec(word);
  if (!match) refuse(where, 'write offset/value or offset/value%mask, such as 12/0806 or 30/c0a8????');
  const [, not, offsetText, digits, maskDigits] = match;
  const offset = Number(offsetText);
  if (offset > 65535) refuse(where, 'the offset is larger than any frame');
  if (digits.length % 2 !== 0) refuse(where, 'the value has half a byte: give two hex digits for each');
  const length = digits.length / 2;
  if (length > LONGEST) refuse(where, `the value is longer than ${LONGEST} bytes`);
  if (maskDigits !== undefined && maskDigits.length !== digits.length) {
    refuse(where, 'the mask is not as long as the value');
  }
  const value = bytesOf(digits.replaceAll('?', '0'));
  const mask = bytesOf(digits.replace(/[^?]/g, 'f').replaceAll('?', '0'));
  const given = bytesOf(maskDigits ?? 'ff'.repeat(length));
  for (let i = 0; i < length; i++) {
    mask[i] &= given[i];
    value[i] &= mask[i];
  }
  return { offset, value, mask, negated: not === '!' };
}

function bytesOf(digits: string): Uint8Array {
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

function refuse(where: string, message: string): never {
  throw new QuipuError('bad-config', `${where}: ${message}`);
}

/** True when the frame matches every clause. */
export function matchesAll(clauses: readonly Clause[], frame: Frame): boolean {
  for (let i = 0; i < clauses.length; i++) if (!matches(clauses[i], frame)) return false;
  return true;
}

/** True when the frame has all bytes of the clause and they are as it says; or not, when it is negated. */
function matches(clause: Clause, frame: Frame): boolean {
  const { offset, value, mask } = clause;
  let same = offset + value.length <= frame.length;
  for (let i = 0; same && i < value.length; i++) same = (frame.u8(offset + i) & mask[i]) === value[i];
  return same !== clause.negated;
}
