import { decode, encode } from 'dns-packet';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Answer, type Question, questionBytes, readAnswer } from './message.js';

const question: Question = { id: 0x1234, name: 'www.test', type: 'A', edns: true };
const asked = { type: 'A', name: 'www.test', class: 'IN' } as const;

const whole = encode({
  ...{ type: 'response', id: question.id, questions: [asked] },
  answers: [
    { type: 'CNAME', name: 'www.test', data: 'a.test', ttl: 5 },
    { type: 'TXT', name: 'a.test', data: 'words', ttl: 5 },
    { type: 'A', name: 'a.test', data: '10.0.0.1', ttl: 9 },
  ],
});

/** Everything that an answer may be. */
function isAnswer(answer: Answer | null): boolean {
  if (answer === null) return true;
  if (answer.kind !== 'addresses') return /^(alias|none|truncated|no-edns|unable)$/.test(answer.kind);
  return answer.ttl >= 0 && answer.addresses.every((text) => /^\d+\.\d+\.\d+\.\d+$/.test(text));
}

test('a question is 8 bits of header flags, one name, and EDNS only when it is to be', () => {
  const [long, short] = [questionBytes(question), questionBytes({ ...question, edns: false })];
  expect(decode(Buffer.from(long))).toMatchObject({ id: 0x1234, flag_rd: true, questions: [asked] });
  expect([long.length, short.length]).toEqual([12 + 10 + 4 + 11, 12 + 10 + 4]);
});

test('an answer is read whole or not at all', () => {
  expect(readAnswer(whole, question)).toEqual({ kind: 'addresses', addresses: ['10.0.0.1'], ttl: 5 });
  for (let length = 0; length < whole.length; length++) {
    expect([length, readAnswer(whole.subarray(0, length), question)]).toEqual([length, null]);
  }
});

test('of one that says it was cut, wherever that was, only so much is believed', () => {
  const cut = Buffer.from(whole);
  cut[2] |= 0x02;
  for (let length = 12 + 14; length <= cut.length; length++) {
    expect([length, readAnswer(cut.subarray(0, length), question)]).toEqual([length, { kind: 'truncated' }]);
  }
});

test('of what is about another question nothing but that is read', () => {
  const bytes = encode({
    ...{ type: 'response', id: question.id, questions: [{ ...asked, name: 'b' }] },
    answers: Array.from({ length: 50 }, () => ({
      type: 'A' as const,
      name: 'www.test',
      data: '6.6.6.6',
      ttl: 9,
    })),
  });
  expect(readAnswer(bytes, question)).toBe(null);
  expect(decode.bytes).toBe(12 + 3 + 4);
});

test('any bytes at all, and any change of an answer, are no harm', () => {
  const id = [0x12, 0x34];
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(isAnswer(readAnswer(Uint8Array.from([...id, 0x80, 0, 0, 1, ...bytes]), question))).toBe(true);
      expect(isAnswer(readAnswer(bytes, question))).toBe(true);
    }),
    { seed: 5, numRuns: 1000 },
  );
  const change = fc.tuple(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const bytes = Uint8Array.from(whole);
      for (const [at, value] of changes) bytes[at] = value;
      expect(isAnswer(readAnswer(bytes, question))).toBe(true);
    }),
    { seed: 6, numRuns: 3000 },
  );
});
