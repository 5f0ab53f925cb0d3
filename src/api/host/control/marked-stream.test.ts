import { once } from 'node:events';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MarkedStream } from './marked-stream.js';

/** A carrier of which the test has the other end: `said` is what came out of it. */
function carrier(): { line: Duplex; said: Buffer[] } {
  const said: Buffer[] = [];
  const line = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      said.push(chunk);
      done();
    },
  });
  return { line, said };
}

const piece = (text: string) => Buffer.concat([Buffer.from([0, 0, 0, text.length]), Buffer.from(text)]);
const end = Buffer.alloc(4);

test('what is written comes out again, however it is cut on its way', async () => {
  const whole = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(
      whole,
      fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }),
      async (pieces, cuts) => {
        const out = carrier();
        const writer = new MarkedStream(out.line);
        for (const bytes of pieces) writer.write(bytes);
        writer.end();
        await once(writer, 'finish');
        const bytes = Buffer.concat(out.said);
        const into = carrier();
        const reader = new MarkedStream(into.line);
        for (let at = 0, i = 0; at < bytes.length; i++) {
          const next = at + cuts[i % cuts.length];
          into.line.push(bytes.subarray(at, next));
          at = next;
        }
        const read = Buffer.concat(await reader.toArray());
        writer.destroy();
        reader.destroy();
        return read.equals(Buffer.concat(pieces));
      },
    ),
    { seed: 5, numRuns: 100 },
  );
});

test('what came with the carrier is read first', async () => {
  const { line } = carrier();
  const stream = new MarkedStream(line, piece('head '));
  line.push(Buffer.concat([piece('rest'), end]));
  expect(String(Buffer.concat(await stream.toArray()))).toBe('head rest');
});

test.each([
  ['before anything', []],
  ['in a length', [Buffer.alloc(2)]],
  ['in a piece', [piece('whole').subarray(0, 6)]],
  ['between two', [piece('whole')]],
  ['when only its own direction has ended', [piece('whole'), end]],
])('a carrier that ends %s has been cut off', async (_where, came) => {
  const { line } = carrier();
  const stream = new MarkedStream(line).resume();
  for (const bytes of came) line.push(bytes);
  line.push(null);
  expect((await once(stream, 'error'))[0]).toMatchObject({ code: 'ECONNRESET' });
  expect(line.destroyed).toBe(true);
});

test('a carrier that ends after both directions is no fault', async () => {
  const { line } = carrier();
  const stream = new MarkedStream(line).resume();
  stream.end('x');
  line.push(end);
  line.push(null);
  await once(stream, 'close');
  expect(stream.errored).toBe(null);
});

test('who says more after its end is cut off', async () => {
  const { line } = carrier();
  const stream = new MarkedStream(line).resume();
  line.push(Buffer.concat([end, piece('more')]));
  expect((await once(stream, 'error'))[0]).toMatchObject({ code: 'ECONNRESET' });
});

test('an empty write is no end, and no more is read than is taken', async () => {
  const { line, said } = carrier();
  const stream = new MarkedStream(line);
  stream.write('');
  stream.write('a');
  expect(Buffer.concat(said)).toEqual(piece('a'));
  line.push(Buffer.concat([Buffer.from([0, 16, 0, 0]), Buffer.alloc(1 << 20)]));
  await new Promise(setImmediate);
  expect(line.isPaused()).toBe(true);
  stream.resume();
  await new Promise(setImmediate);
  expect(line.isPaused()).toBe(false);
  stream.destroy();
});
