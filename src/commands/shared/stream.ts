import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { QuipuError } from '../../contract/error.js';
import { interruption } from './interrupt.js';

/**
 * What a stream of the daemon brings, until it ends or the user interrupts. Throws QuipuError when the daemon breaks
 * it off. `signal` ends it too.
 */
export async function* chunksOf(
  stream: IncomingMessage,
  signal?: AbortSignal,
): AsyncGenerator<Buffer | string> {
  const ends = [interruption(), ...(signal ? [signal] : [])];
  const stop = () => stream.destroy();
  for (const end of ends) end.addEventListener('abort', stop, { once: true });
  const ended = () => ends.some((end) => end.aborted);
  try {
    if (ended()) return;
    for await (const chunk of stream) {
      yield chunk as Buffer | string;
      if (ended()) return;
    }
  } catch (error) {
    if (!ended())
      throw new QuipuError('unreachable', `the daemon broke the stream off: ${(error as Error).message}`);
  } finally {
    for (const end of ends) end.removeEventListener('abort', stop);
    stream.destroy();
  }
}

/** The lines of a stream of text, without their ends, as `chunksOf`. */
export async function* linesOf(stream: IncomingMessage, signal?: AbortSignal): AsyncGenerator<string> {
  stream.setEncoding('utf8');
  let rest = '';
  for await (const chunk of chunksOf(stream, signal)) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
}

/** Writes to stdout and waits while it is full. */
export async function writeOut(data: string | Uint8Array): Promise<void> {
  if (process.stdout.write(data)) return;
  const signal = interruption();
  await once(process.stdout, 'drain', { signal }).catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
}
