import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Capture } from '../network/capture.js';
import { Dice } from '../random-transfer.js';
import { readCorpus } from './corpus.js';
import { judgeParsers } from './judge.js';
import { mutated } from './mutate.js';
import { repair } from './repair.js';

/** Ten million packets at length. */
const isLong = process.env.QUIPU_LONG === '1';
const groups = isLong ? 100 : 1;
const EACH = isLong ? 100_000 : 20_000;
const corpus = readCorpus();

test('the corpus has frames of many kinds', () => {
  expect(corpus.size).toBeGreaterThan(1900);
  expect(corpus.kinds.size).toBeGreaterThan(200);
});

test('frames of the corpus pass as they are', () => {
  const dice = new Dice(1);
  for (const list of corpus.kinds.values()) for (const { bytes } of list) judgeParsers(bytes, dice, true);
});

test.each(
  Array.from({ length: groups }, (_, i) => i + 1),
)(`${EACH} mutated packets through the printer and every parser, seed %i`, (seed) => {
  const dice = new Dice(seed);
  for (let i = 0; i < EACH; i++) {
    const frame = mutated(corpus, dice);
    try {
      judgeParsers(frame, dice, i % 8 === 0);
    } catch (error) {
      throw new Error(`seed ${seed}, packet ${i} (${written(frame, seed)}): ${error}`, { cause: error });
    }
  }
});

/** Writes a frame into a file of its own; answers where. */
function written(frame: Uint8Array, seed: number): string {
  const capture = new Capture();
  capture.tap(0, true, 0, frame, 'sent');
  return capture.write(`parsers-${seed}`, ['mutated']);
}

test('a repair sets every checksum right', () => {
  const dice = new Dice(2);
  for (let i = 0; i < 2000; i++) {
    const frame = mutated(corpus, dice);
    repair(frame);
    const once = Buffer.from(frame);
    repair(frame);
    expect(once.equals(frame)).toBe(true);
  }
});

/** Modules of the wire room that read no packets: why nothing of them is asked here. */
const OTHERS: Readonly<Record<string, string>> = {
  ...{ 'byte-queue': 'a queue', bytes: 'access to bytes', checksum: 'sums', summary: 'the printer' },
  ...{ 'capture-file': 'files', 'capture-record': 'files', pcap: 'files', pcapng: 'files' },
  ...{ 'pcapng-emit': 'files', 'pcapng-format': 'files', 'pcapng-interface': 'files' },
  ...{ 'mac-control': 'constants', mpls: 'constants' },
};

test('every module of the wire room that reads packets is asked', () => {
  const room = join(import.meta.dirname, '../../wire');
  const asked = readFileSync(join(import.meta.dirname, 'parsers.ts'), 'utf8');
  const modules = readdirSync(room)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
    .map((name) => name.slice(0, -3));
  expect(modules.filter((name) => !asked.includes(`wire/${name}.js'`) && OTHERS[name] === undefined)).toEqual(
    [],
  );
});
