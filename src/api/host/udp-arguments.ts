/** What an address may be given as to `send` and `connect`. */
export interface Target {
  readonly port?: number;
  readonly address?: string;
}

export type SendDone = (error: Error | null, bytes: number) => void;

/** What a datagram may be given as. */
export type Message = string | NodeJS.ArrayBufferView | readonly (string | NodeJS.ArrayBufferView)[];

export interface SendArguments extends Target {
  readonly bytes: Buffer;
  readonly done: SendDone | undefined;
}

/**
 * Reads the arguments of dgram's `send(message[, offset, length][, port][, address][, callback])`. A connected socket names no
 * port; its two numbers are offset and length.
 */
export function sendArguments(message: Message, rest: readonly unknown[], connected: boolean): SendArguments {
  const numbers: number[] = [];
  let at = 0;
  while (at < rest.length && typeof rest[at] === 'number') numbers.push(rest[at++] as number);
  const address = typeof rest[at] === 'string' ? (rest[at++] as string) : undefined;
  while (at < rest.length && (rest[at] === undefined || rest[at] === null)) at++;
  const done = typeof rest[at] === 'function' ? (rest[at++] as SendDone) : undefined;
  const most = connected ? 2 : 3;
  if (at < rest.length || numbers.length > most) {
    throw argumentError('send takes (message[, offset, length][, port][, address][, callback])');
  }
  const whole = bytesOf(message);
  const isPart = connected ? numbers.length === 2 : numbers.length >= 2;
  if (isPart && Array.isArray(message)) throw argumentError('a list of pieces has no offset and length');
  const bytes = isPart ? partOf(whole, numbers[0], numbers[1]) : whole;
  const port = connected ? undefined : numbers[isPart ? 2 : 0];
  return {
    bytes,
    done,
    ...(port === undefined ? {} : { port }),
    ...(address === undefined ? {} : { address }),
  };
}

/** A port number, as dgram checks it: `least` is 0 for binding, 1 for sending. Throws RangeError ERR_SOCKET_BAD_PORT. */
export function portOf(value: unknown, least: 0 | 1): number {
  const port = typeof value === 'string' ? Number(value) : value;
  if (typeof port === 'number' && Number.isInteger(port) && port >= least && port < 65_536) return port;
  const error = new RangeError(`a port number is ${least} to 65535, not ${String(value)}`);
  throw Object.assign(error, { code: 'ERR_SOCKET_BAD_PORT' });
}

/** A time to live: `least` is 0 for groups, 1 for others. Throws EINVAL. */
export function hopLimitOf(ttl: number, least: 0 | 1): number {
  if (Number.isInteger(ttl) && ttl >= least && ttl <= 255) return ttl;
  throw Object.assign(new Error(`a time to live is ${least} to 255, not ${ttl}`), { code: 'EINVAL' });
}

/** Bytes of a buffer. Throws ERR_INVALID_ARG_TYPE. */
export function bufferSize(bytes: number): number {
  if (Number.isInteger(bytes) && bytes > 0) return bytes;
  throw argumentError(`a buffer has 1 byte or more, not ${bytes}`);
}

export function argumentError(text: string): TypeError {
  return Object.assign(new TypeError(text), { code: 'ERR_INVALID_ARG_TYPE' });
}

function bytesOf(message: Message): Buffer {
  if (typeof message === 'string') return Buffer.from(message);
  if (Array.isArray(message)) return Buffer.concat(message.map((piece: Message) => bytesOf(piece)));
  if (ArrayBuffer.isView(message)) return Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  throw argumentError('a message is a string, a Buffer, a typed array, a DataView, or an array of them');
}

function partOf(whole: Buffer, offset: number, length: number): Buffer {
  if (offset >= 0 && length >= 0 && offset + length <= whole.length)
    return whole.subarray(offset, offset + length);
  const error = new RangeError(
    `offset ${offset} and length ${length} leave the message of ${whole.length} bytes`,
  );
  throw Object.assign(error, { code: 'ERR_BUFFER_OUT_OF_BOUNDS' });
}
