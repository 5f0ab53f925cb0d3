import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { remoteHost } from './remote-host.js';

test.each([
  ['nonsense\n', 'does not speak as hosts do'],
  ['{"listening":{"address":"::","port":80}}\n{"half', 'has gone'],
  ['{"error":{"code":"in-use","message":"somebody else listens now"}}\n', 'somebody else listens now'],
])('a host that says %j', async (said, message) => {
  const directory = mkdtempSync(join(tmpdir(), 'quipu-listener-'));
  const path = join(directory, 'h.sock');
  const server = createServer((_request, response) => response.end(said)).listen(path);
  await once(server, 'listening');
  try {
    const listener = remoteHost(path).listen({ port: 80 });
    const closed = new Promise<void>((resolve) => listener.once('close', () => resolve()));
    const [error] = await new Promise<Error[]>((resolve) =>
      listener.once('error', (...told) => resolve(told)),
    );
    expect(error.message).toContain(message);
    await closed;
  } finally {
    server.close();
    rmSync(directory, { recursive: true });
  }
});
