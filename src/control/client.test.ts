import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { QuipuError } from '../contract/error.js';
import { ControlClient } from './client.js';

const head = (status: number, length: number) => `HTTP/1.1 ${status} X\r\nContent-Length: ${length}\r\n\r\n`;

test.each([
  ['an answer that breaks off', `${head(200, 100)}{"result"`, 'unreachable', 'aborted'],
  ['a refusal that breaks off', `${head(404, 100)}{"error"`, 'unreachable', 'aborted'],
  ['an answer that is no JSON', `${head(200, 4)}what`, 'internal', 'the host answered HTTP 200: what'],
  ['a refusal that is no JSON', `${head(500, 4)}what`, 'internal', 'the host answered HTTP 500: what'],
  ['no HTTP at all', 'what\r\n\r\n', 'unreachable', 'host at '],
])('%s is a QuipuError', async (_name, answer, code, message) => {
  const directory = mkdtempSync(join(tmpdir(), 'quipu-client-'));
  const path = join(directory, 'h.sock');
  const server = createServer((socket) => socket.on('error', () => {}).end(answer)).listen(path);
  await once(server, 'listening');
  try {
    const client = new ControlClient(path, 'host');
    for (const asked of [client.request({ op: 'list' }), client.host({ op: 'show' })]) {
      const error = await asked.catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(QuipuError);
      expect(error).toMatchObject({ code, message: expect.stringContaining(message) });
    }
  } finally {
    server.close();
    rmSync(directory, { recursive: true });
  }
});
