import type { ServerResponse } from 'node:http';
import { QuipuError } from '../contract/error.js';
import { type GeneratorEvent, sessionSchema } from '../control/generator-words.js';
import type { Generators } from './generators.js';
import { whenGone } from './streams.js';

/** GET /v1/generator-events: registers a shell, and tells it what others change until it goes. Throws QuipuError. */
export function streamGeneratorEvents(
  generators: Generators,
  query: URLSearchParams,
  response: ServerResponse,
): void {
  const parsed = sessionSchema.safeParse(Object.fromEntries(query));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new QuipuError('bad-request', `${issue.path.join('.')}: ${issue.message}`);
  }
  const { user, pid } = parsed.data;
  const write = (event: GeneratorEvent) => response.write(`${JSON.stringify(event)}\n`);
  response.writeHead(200, { 'content-type': 'application/x-ndjson' });
  // A client that stops reading loses changes rather than filling our memory.
  let lost = 0;
  const session = generators.join(user, pid, (change) => {
    if (response.writableNeedDrain) {
      lost++;
      return;
    }
    if (lost > 0) write({ event: 'lost', count: lost });
    lost = 0;
    write({ event: 'change', ...change });
  });
  write({ event: 'hello', session });
  whenGone(response, () => generators.left(user, session));
}
