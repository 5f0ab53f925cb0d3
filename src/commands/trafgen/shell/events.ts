import type { IncomingMessage } from 'node:http';
import { createInterface } from 'node:readline';
import type { ControlClient } from '../../../control/client.js';
import type { GeneratorEvent } from '../../../control/generator-words.js';
import { paths } from '../../../control/protocol.js';

export interface EventStream {
  /** Number of the session. */
  readonly session: number;
  close(): void;
}

/**
 * Registers this shell with the daemon, and tells what others change. `onEnd` is called when the daemon goes. Throws
 * QuipuError when there is none.
 */
export async function openEvents(
  client: ControlClient,
  user: string,
  onText: (text: string) => void,
  onEnd: () => void,
): Promise<EventStream> {
  const stream = await client.stream(paths.generatorEvents, { user, pid: process.pid });
  let closed = false;
  const session = await new Promise<number>((resolve) => {
    followLines(stream, (event) => {
      if (event.event === 'hello') resolve(event.session);
      else if (event.event === 'change') onText(event.text);
      else onText(`${event.count} changes left out: they were not read in time`);
    });
    stream.on('close', () => {
      resolve(0);
      if (!closed) onEnd();
    });
  });
  return {
    session,
    close() {
      closed = true;
      stream.destroy();
    },
  };
}

function followLines(stream: IncomingMessage, take: (event: GeneratorEvent) => void): void {
  const lines = createInterface({ input: stream });
  for (const one of [stream, lines]) one.on('error', () => {}); // 'close' follows
  lines.on('line', (line) => take(JSON.parse(line) as GeneratorEvent));
}
