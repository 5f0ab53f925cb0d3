// What is sent in tests of hosts: bytes by chance, the same every time, a prime number of them again and again, so that no
// piece of a stream is like another that could stand in its place.
import { createCipheriv, createHash } from 'node:crypto';

const PERIOD = 999_983;
const PIECE = 65_536;
const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 'quipu'), Buffer.alloc(16));
const once = cipher.update(Buffer.alloc(PERIOD));
const twice = Buffer.concat([once, once.subarray(0, PIECE)]);

/** So many bytes, in pieces. @param {number} length @returns {Generator<Buffer, void>} */
export function* content(length) {
  for (let at = 0; at < length; at += PIECE) {
    const from = at % PERIOD;
    yield twice.subarray(from, from + Math.min(PIECE, length - at));
  }
}

/** "LENGTH SHA256" of so many bytes. @param {number} length */
export function contentSum(length) {
  const hash = createHash('sha256');
  for (const piece of content(length)) hash.update(piece);
  return `${length} ${hash.digest('hex')}`;
}

/** Reads a stream to its end: "LENGTH SHA256". @param {AsyncIterable<Buffer>} stream */
export async function sumOf(stream) {
  const hash = createHash('sha256');
  let length = 0;
  for await (const piece of stream) {
    hash.update(piece);
    length += piece.length;
  }
  return `${length} ${hash.digest('hex')}`;
}
