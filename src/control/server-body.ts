import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { QuipuError } from '../contract/error.js';
import { MAX_BODY, MAX_NESTING } from './protocol.js';
import { type Request, requestSchema } from './service.js';

/** The text of a request's body. Rejects with QuipuError: longer than MAX_BODY, or broken off. */
export function readBody(request: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BODY) chunks.push(chunk);
      else chunks.length = 0;
      // A little more is read to its end, so that who sends it gets to read the answer.
      if (size > 4 * MAX_BODY) reject(tooLong());
    });
    request.on('end', () => {
      if (size > MAX_BODY) reject(tooLong());
      else resolve(Buffer.concat(chunks).toString('utf8'));
    });
    request.on('error', () => reject(new QuipuError('bad-request', 'the request broke off')));
    request.on('aborted', () => reject(new QuipuError('bad-request', 'the request broke off')));
  });
}

/** Checks the body of a request to the engines. Throws QuipuError that says where it is wrong. */
export function parseRequest(text: string): Request {
  return parseBody(text, requestSchema);
}

/** Checks a request body. Throws QuipuError that says where it is wrong. */
export function parseBody<T>(text: string, schema: z.ZodType<T>): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new QuipuError('bad-request', `the request is not JSON: ${(error as Error).message}`);
  }
  if (isDeeper(value, MAX_NESTING)) {
    throw new QuipuError('bad-request', `the request is nested deeper than ${MAX_NESTING} levels`);
  }
  return checkRequest(value, schema);
}

/** Checks what was asked by a program or has been read. Throws QuipuError that says where it is wrong. */
export function checkRequest<T>(value: unknown, schema: z.ZodType<T>): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, 5).map((i) => `${i.path.join('.') || 'request'}: ${i.message}`);
  throw new QuipuError('bad-request', issues.join('; '));
}

/** Without recursion: who nests a million levels would run it out of stack, as the copy to the engine's thread does. */
function isDeeper(value: unknown, levels: number): boolean {
  let level = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > levels) return true;
    const next: unknown[] = [];
    for (const one of level) {
      if (typeof one === 'object' && one !== null) for (const inner of Object.values(one)) next.push(inner);
    }
    level = next;
  }
  return false;
}

function tooLong(): QuipuError {
  return new QuipuError('bad-request', `the request is longer than ${MAX_BODY} bytes`);
}
