import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { remoteHost } from '../../../api/host/remote/remote-host.js';
import { QuipuError } from '../../../contract/error.js';
import { fileFault, inputName } from '../../shared/input.js';
import { interruption } from '../../shared/interrupt.js';
import {
  type CommonOptions,
  collect,
  hostSocketOf,
  optionsOf,
  seconds,
  withCommonOptions,
  withExample,
} from '../../shared/options.js';
import { printable } from '../../shared/printable.js';
import { writeOut } from '../../shared/stream.js';
import { progressOf } from './progress.js';
import { type Answer, type Asked, ask, parseUrl } from './request.js';
import { wholeFile } from './whole-file.js';

interface FetchOptions extends CommonOptions {
  readonly host: string;
  readonly output?: string;
  readonly request?: string;
  readonly header?: readonly string[];
  readonly data?: string;
  readonly include?: boolean;
  readonly insecure?: boolean;
  readonly timeout?: number;
}

/** Seconds without a byte after which it is given up. */
const DEFAULT_TIMEOUT = 60;
/** Longest body that is put into JSON. */
const MOST_IN_JSON = 16 << 20;

/** Takes the body, piece by piece. */
interface Target {
  write(bytes: Buffer): Promise<void>;
  /** The body is whole. */
  finish(): void;
  /** Called in the end, whatever came. */
  giveUp(): void;
}

export function register(program: Command): void {
  const command = program
    .command('fetch <url>')
    .description('ask an HTTP or HTTPS server by the sockets of a host of our own')
    .requiredOption('--host <name>', 'the host, or the path of its socket')
    .option('-o, --output <file>', 'write what comes into a file, which appears when it is whole')
    .option('-X, --request <method>', 'the method (default: GET; POST with --data)')
    .option('-H, --header <line>', 'a header, "Name: value"; may be repeated', collect)
    .option('--data <text>', 'send this; @FILE sends a file, - what stdin has')
    .option('-i, --include', 'show the status and the headers, too')
    .option('--insecure', 'take any certificate')
    .option(
      '--timeout <seconds>',
      `give up after so long without a byte (default: ${DEFAULT_TIMEOUT})`,
      seconds,
    );
  withExample(
    withCommonOptions(command),
    'quipu fetch http://10.0.0.1/ --host h1',
    'quipu fetch https://10.0.0.1/big.iso --host h1 --insecure -o big.iso',
    'quipu fetch http://10.0.0.1/new --host h1 -X PUT --data @new',
  );
  command.action((url: string) => fetchUrl(url, optionsOf<FetchOptions>(command)));
}

async function fetchUrl(text: string, options: FetchOptions): Promise<void> {
  const [url, asked] = [parseUrl(text), askedBy(options)];
  const host = remoteHost(hostSocketOf(options.host, options));
  const { timeout = DEFAULT_TIMEOUT } = options;
  const late = new AbortController();
  const clock = setTimeout(() => late.abort(), timeout * 1000);
  const signal = AbortSignal.any([interruption(), late.signal]);
  try {
    const answer = await ask(host, url, asked, signal);
    await take(answer, options, clock, signal);
    if (answer.status < 200 || answer.status >= 400) {
      throw new QuipuError('unreachable', `${answer.url}: ${answer.status} ${printable(answer.statusText)}`);
    }
  } catch (error) {
    if (interruption().aborted) return; // `run` tells it by the exit code
    if (late.signal.aborted) {
      throw new QuipuError(
        'unreachable',
        `${text}: nothing came for ${timeout} s; --timeout sets another limit`,
      );
    }
    throw error;
  } finally {
    clearTimeout(clock);
  }
}

async function take(
  answer: Answer,
  options: FetchOptions,
  clock: NodeJS.Timeout,
  signal: AbortSignal,
): Promise<void> {
  const target = targetOf(answer, options);
  const progress = progressOf(answer.headers['content-length'], process.stderr);
  const stop = () => answer.body.destroy();
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (options.include && !options.json) await writeOut(headText(answer));
    for await (const chunk of answer.body) {
      clock.refresh();
      await target.write(chunk as Buffer);
      progress.add((chunk as Buffer).length);
    }
    if (signal.aborted) return;
    if (!answer.body.complete) throw new Error('aborted');
    target.finish();
  } catch (error) {
    if (error instanceof QuipuError) throw error;
    throw new QuipuError('unreachable', `${answer.url}: broke off after ${progress.bytes} bytes`);
  } finally {
    signal.removeEventListener('abort', stop);
    progress.end();
    target.giveUp();
  }
}

function targetOf(answer: Answer, { output, json }: FetchOptions): Target {
  if (output !== undefined && output !== '-') {
    const file = wholeFile(output);
    let bytes = 0;
    return {
      write(chunk) {
        bytes += chunk.length;
        return file.write(chunk);
      },
      finish() {
        file.finish();
        if (json) process.stdout.write(jsonLine(answer, { bytes, file: output }));
      },
      giveUp: () => file.giveUp(),
    };
  }
  if (!json) return { write: writeOut, finish() {}, giveUp() {} };
  const chunks: Buffer[] = [];
  let bytes = 0;
  return {
    async write(chunk) {
      bytes += chunk.length;
      if (bytes > MOST_IN_JSON) {
        throw new QuipuError('limit', `${answer.url}: more than 16 MiB for JSON: write it to a file with -o`);
      }
      chunks.push(chunk);
    },
    finish: () => process.stdout.write(jsonLine(answer, { bytes, ...bodyOf(Buffer.concat(chunks)) })),
    giveUp() {},
  };
}

function jsonLine({ url, status, headers }: Answer, more: object): string {
  return `${JSON.stringify({ url, status, headers, ...more })}\n`;
}

/** As text, where it is text. */
function bodyOf(bytes: Buffer): { body: string } | { base64: string } {
  const body = bytes.toString('utf8');
  return Buffer.from(body).equals(bytes) ? { body } : { base64: bytes.toString('base64') };
}

function headText({ status, statusText, body }: Answer): string {
  const raw = body.rawHeaders;
  const lines = raw.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${raw[i + 1]}\n`] : []));
  return `HTTP/${body.httpVersion} ${status} ${statusText}\n${lines.join('')}\n`;
}

/** What the options ask for. Throws QuipuError. */
function askedBy({ request, header = [], data, insecure }: FetchOptions): Asked {
  const body = data === undefined ? null : dataOf(data);
  return {
    method: request ?? (body === null ? 'GET' : 'POST'),
    headers: header.map(headerOf),
    ...{ body, insecure: insecure === true },
  };
}

function headerOf(line: string): readonly [string, string] {
  const at = line.indexOf(':');
  if (at > 0) return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
  throw new QuipuError('bad-request', `-H ${JSON.stringify(line)}: write "Name: value"`);
}

function dataOf(data: string): Buffer {
  if (data !== '-' && !data.startsWith('@')) return Buffer.from(data);
  const name = data === '-' ? data : data.slice(1);
  try {
    return readFileSync(name === '-' ? 0 : name);
  } catch (error) {
    throw new QuipuError('bad-request', `cannot read ${inputName(name)}: ${fileFault(error)}`);
  }
}
