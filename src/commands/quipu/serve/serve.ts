import { realpathSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { type Command, InvalidArgumentError } from 'commander';
import { remoteHost } from '../../../api/host/remote/remote-host.js';
import type { RemoteListener } from '../../../api/host/remote/remote-listener.js';
import { QuipuError } from '../../../contract/error.js';
import { fileFault } from '../../shared/input.js';
import { interruption } from '../../shared/interrupt.js';
import {
  type CommonOptions,
  hostSocketOf,
  optionsOf,
  withCommonOptions,
  withExample,
} from '../../shared/options.js';
import { printable } from '../../shared/printable.js';
import { type Access, fileHandler } from './handler.js';

interface ServeOptions extends CommonOptions {
  readonly host: string;
  readonly port?: number;
  readonly address?: string;
  readonly upload?: boolean;
}

/** How long a client may say and take nothing, in milliseconds. */
const IDLE_LIMIT = 120_000;

export function register(program: Command): void {
  const command = program
    .command('serve <folder>')
    .description('serve the files of a folder by HTTP at a host of our own, until Ctrl-C')
    .requiredOption('--host <name>', 'the host, or the path of its socket')
    .option('--port <number>', 'the port number; 0: any that is free (default: 80)', portNumber)
    .option('--address <address>', 'only this address of the host (default: all)')
    .option('--upload', 'take files by PUT, too');
  withExample(
    withCommonOptions(command),
    'quipu serve /srv/www --host h1',
    'quipu serve . --host h1 --port 8080 --upload      # then: curl -T FILE http://ADDRESS:8080/',
  );
  command.action((folder: string) => serve(folder, optionsOf<ServeOptions>(command)));
}

async function serve(folder: string, options: ServeOptions): Promise<void> {
  const say = (text: string, record: object) => {
    process.stdout.write(options.json ? `${JSON.stringify(record)}\n` : `${text}\n`);
  };
  const access = (one: Access) => say(accessText(one), { time: new Date().toISOString(), ...one });
  const server = createServer(
    fileHandler({ root: folderOf(folder), upload: options.upload === true, access }),
  );
  server.timeout = IDLE_LIMIT;
  const { port = 80, address } = options;
  const open = new Set<{ destroy(): unknown }>();
  const listener = remoteHost(hostSocketOf(options.host, options)).listen({ port, address }, (socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
    server.emit('connection', socket);
  });
  listener.on('listening', ({ address: at, port: number }) => {
    const where = at === '::' ? `port ${number}` : `${at.includes(':') ? `[${at}]` : at}:${number}`;
    say(`serving ${folder} at ${where} of host ${options.host}`, {
      folder,
      host: options.host,
      address: at,
      port: number,
    });
  });
  try {
    await endOf(listener, interruption());
  } catch (error) {
    throw withRemedy(error, options.host);
  } finally {
    for (const socket of open) socket.destroy();
  }
}

/** The error, with what to do about it where that is known. */
function withRemedy(error: unknown, host: string): unknown {
  if (!(error instanceof QuipuError)) return error;
  const remedies: readonly (readonly [string, string])[] = [
    ['EADDRINUSE', `"quipu host sockets ${host} -l" shows who listens, --port takes another number`],
    ['EADDRNOTAVAIL', `"quipu host show ${host}" shows its addresses`],
  ];
  const found = remedies.find(([code]) => error.message.includes(code));
  return found === undefined ? error : new QuipuError(error.code, `${error.message}; ${found[1]}`);
}

/** Resolves when the signal comes. Rejects with what ends the listener otherwise. */
function endOf(listener: RemoteListener, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.on('error', reject);
    listener.on('close', resolve);
    const stop = () => listener.close();
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}

/** `10.0.0.1 "GET /a" 200 5120 bytes 3 ms`. */
export function accessText({
  remote,
  method,
  target,
  status,
  bytes,
  milliseconds,
  brokeOff,
}: Access): string {
  const end = brokeOff ? ' (broke off)' : '';
  return `${remote} "${method} ${printable(target)}" ${status} ${bytes} bytes ${milliseconds} ms${end}`;
}

function folderOf(folder: string): string {
  try {
    const root = realpathSync(folder);
    if (statSync(root).isDirectory()) return root;
  } catch (error) {
    throw new QuipuError('bad-request', `cannot serve ${folder}: ${fileFault(error)}`);
  }
  throw new QuipuError('bad-request', `cannot serve ${folder}: it is no folder`);
}

function portNumber(text: string): number {
  const value = Number(text);
  if (/^[0-9]{1,5}$/.test(text) && value <= 65_535) return value;
  throw new InvalidArgumentError('Use a whole number from 0 to 65535.');
}
