// needs: tcpdump
// Real traffic, and what tcpdump makes of hundreds of expressions: ours accept the same frames of it.

import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { compileFilter } from '../../src/bpf/compile.js';
import { compileExpression } from '../../src/bpf/expression.js';
import { FRAME_LENGTH, randomExpression } from '../../src/testing/random-expression.js';
import { xorshift } from '../../src/testing/random-program.js';
import { CaptureReader } from '../../src/wire/capture-file.js';
import { bothPrograms, expectSame, input, tcpdump } from './fixtures-bpf/tcpdump.js';

const fixture = (path: string) => readFileSync(new URL(path, import.meta.url));

const frames = readCapture(fixture('../fixtures/mixed.pcap'));
const families = readFamilies(fixture('fixtures-bpf/expressions.txt').toString());

function readCapture(file: Uint8Array): Uint8Array[] {
  const reader = new CaptureReader();
  const list: Uint8Array[] = [];
  reader.push(file);
  for (let record = reader.next(); record !== null; record = reader.next()) list.push(record.bytes);
  reader.finish();
  return list;
}

/** Expressions by the titles above them. */
function readFamilies(text: string): Array<[title: string, expressions: string[]]> {
  return text
    .split(/^## /m)
    .slice(1)
    .map((family) => {
      const [title, ...lines] = family.split('\n');
      return [title, lines.filter((line) => line !== '')];
    });
}

describe('frames of real traffic', () => {
  let [compared, choosy] = [0, 0];
  beforeAll(() => {
    expect(frames.length).toBeGreaterThan(1500);
    const all = families.flatMap(([, expressions]) => expressions);
    expect(new Set(all).size).toBe(all.length);
  });

  test.each(families)('%s', (_title, expressions) => {
    for (const expression of expressions) {
      const theirs = tcpdump(expression);
      if (theirs === null) expect.fail(`tcpdump refuses ${expression}`);
      const ours = compileExpression(expression);
      const accepted = expectSame(expression, ours, theirs, frames);
      const compiled = compileFilter(ours);
      expect(frames.filter((bytes) => compiled(input(bytes), () => 0) !== 0)).toHaveLength(accepted);
      compared++;
      if (accepted > 0 && accepted < frames.length) choosy++;
    }
  });

  test('are many, and most expressions accept some of them and refuse others', () => {
    expect(compared).toBeGreaterThan(600);
    expect(choosy / compared).toBeGreaterThan(0.9);
  });

  test('400 random expressions', () => {
    // Such expressions ask for bytes behind a short frame's end: whoever reads them first refuses it, and the
    // order of alternatives is each optimiser's own.
    const padded = frames.map((bytes) => {
      const long = new Uint8Array(Math.max(bytes.length, FRAME_LENGTH));
      long.set(bytes);
      return long;
    });
    const next = xorshift(4);
    let some = 0;
    for (let round = 0; round < 400; round++) {
      const expression = randomExpression(next, 1 + (round % 3));
      const accepted = expectSame(expression, ...bothPrograms(expression), padded);
      if (accepted > 0 && accepted < frames.length) some++;
    }
    expect(some).toBeGreaterThan(200);
  });
});
