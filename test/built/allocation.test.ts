import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { catalogue } from '../../dist/blocks/catalogue.js';
import { sampleConfig } from '../../src/testing/sample-config.js';

// A few for each kind of block in every run of the tests, ten million for each by `npm run test:long`.
const FRAMES = process.env.QUIPU_LONG ? 10_000_000 : 100_000;

/** What a batch of 64 frames may cost (a look at the clock, a list or two) comes to about two bytes a frame. */
const LEAST_OBJECT = 12;

/** They hand the payload to Node's zlib or cryptography, or write a line: see their READMEs. */
const ALLOCATE = new Set(['compress', 'decompress', 'encrypt', 'decrypt', 'print']);
/** They need an application or a device. */
const ELSEWHERE = new Set(['socket', 'ethernet-tagged']);

interface Measured {
  readonly kind: string;
  readonly bytesPerFrame: number;
  /** The same in the slice of the run with the least. */
  readonly least: number;
  readonly frames: number;
}

function measure(kinds: readonly string[], frames: number): Measured[] {
  const list = kinds.map((kind) => [kind, sampleConfig(kind)]);
  const file = join(import.meta.dirname, 'allocation-run.js');
  const out = execFileSync(process.execPath, ['--expose-gc', file, String(frames), JSON.stringify(list)], {
    encoding: 'utf8',
  });
  return out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
}

test(`no block allocates for each of ${FRAMES} frames`, () => {
  const kinds = catalogue
    .map((type) => type.kind)
    .filter((kind) => !ALLOCATE.has(kind) && !ELSEWHERE.has(kind));
  const results = measure(kinds, FRAMES);
  expect(results.map(({ kind }) => kind)).toEqual(kinds);
  // On a busy machine V8 may not be done with optimising: those that seem to allocate get a longer run.
  const suspects = results.filter(({ least }) => least >= LEAST_OBJECT).map(({ kind }) => kind);
  const sure = suspects.length > 0 ? measure(suspects, 1_000_000) : [];
  expect(sure.filter(({ least }) => least >= LEAST_OBJECT)).toEqual([]);
  if (process.env.QUIPU_LONG)
    expect(results.filter(({ bytesPerFrame }) => bytesPerFrame >= LEAST_OBJECT)).toEqual([]);
});

test('ten million frames through one block leave the heap as it was', () => {
  const [counter] = measure(['counter'], 10_000_000);
  expect(counter?.frames).toBeGreaterThan(10_000_000);
  expect(counter?.bytesPerFrame).toBeLessThan(LEAST_OBJECT);
});

test('the measure finds an object for each frame', () => {
  const [zip] = measure(['compress'], 10_000);
  expect(zip?.least).toBeGreaterThan(LEAST_OBJECT);
});
