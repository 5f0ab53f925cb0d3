import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { z } from 'zod';

/**
 * A sealed payload, behind the frame's first `offset` bytes:
 *
 *     0      0x9E, which no IPv4 or IPv6 packet begins with
 *     1      0
 *     2–3    length of the ciphertext, in network order: the link may put padding behind the tag
 *     4–7    salt of the sender   ┐ the nonce
 *     8–15   sequence number      ┘
 *     16 …   ciphertext, as long as the payload was; then the tag of 16 bytes
 *
 * The associated data is all that stands before the nonce, the frame's first `offset` bytes included.
 */
export const SEAL_HEADER = 16;
export const SEAL_MAGIC = 0x9e;
export const SEAL_TAG = 16;
export const NONCE_AT = 4;
const NONCE = 12;
const ASSOCIATED = 4;
const TWO_32 = 0x1_0000_0000;

const keyOption = z
  .string()
  .regex(/^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{64})$/, {
    error: 'give 32 hexadecimal digits (AES-128) or 64 (AES-256)',
  })
  .describe('32 hexadecimal digits for AES-128, 64 for AES-256');

/** Options of the blocks at both ends. */
export const sealConfig = z.strictObject({
  key: keyOption,
  offset: z.int().min(0).max(64).default(14).describe('first bytes of a frame, which stay readable'),
});
export type SealOptions = z.infer<typeof sealConfig>;

/** Sequence numbers that JavaScript's numbers hold exactly: 2^53, of the 2^64 that the wire has. */
export const LAST_SEQUENCE = Number.MAX_SAFE_INTEGER;

export interface SealKey {
  readonly cipher: 'aes-128-gcm' | 'aes-256-gcm';
  readonly secret: KeyObject;
}

/** The key of hexadecimal digits that `keyOption` has accepted. */
export function sealKey(hex: string): SealKey {
  return {
    cipher: hex.length === 32 ? 'aes-128-gcm' : 'aes-256-gcm',
    secret: createSecretKey(Buffer.from(hex, 'hex')),
  };
}

export function writeSequence(bytes: Uint8Array, at: number, sequence: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint32(at, Math.floor(sequence / TWO_32));
  view.setUint32(at + 4, sequence % TWO_32);
}

/** May answer more than LAST_SEQUENCE; what no sender has sent. */
export function readSequence(high: number, low: number): number {
  return high * TWO_32 + low;
}

/** Encrypts the `length` bytes behind the header at `header` in place and puts the tag behind them. Allocates. */
export function seal(key: SealKey, bytes: Uint8Array, frame: number, header: number, length: number): void {
  const nonce = header + NONCE_AT;
  const from = header + SEAL_HEADER;
  const cipher = createCipheriv(key.cipher, key.secret, bytes.subarray(nonce, nonce + NONCE), {
    authTagLength: SEAL_TAG,
  });
  cipher.setAAD(bytes.subarray(frame, header + ASSOCIATED));
  bytes.set(cipher.update(bytes.subarray(from, from + length)), from);
  cipher.final();
  bytes.set(cipher.getAuthTag(), from + length);
}

/** Decrypts it in place; false, with the bytes as they were, when it is not what was sealed with this key. Allocates. */
export function unseal(
  key: SealKey,
  bytes: Uint8Array,
  frame: number,
  header: number,
  length: number,
): boolean {
  const nonce = header + NONCE_AT;
  const from = header + SEAL_HEADER;
  const end = from + length;
  const decipher = createDecipheriv(key.cipher, key.secret, bytes.subarray(nonce, nonce + NONCE), {
    authTagLength: SEAL_TAG,
  });
  decipher.setAAD(bytes.subarray(frame, header + ASSOCIATED));
  decipher.setAuthTag(bytes.subarray(end, end + SEAL_TAG));
  const plain = decipher.update(bytes.subarray(from, end));
  try {
    decipher.final();
  } catch {
    return false;
  }
  bytes.set(plain, from);
  return true;
}
