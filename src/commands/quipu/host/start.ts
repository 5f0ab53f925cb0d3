import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { QuipuError } from '../../../contract/error.js';
import type { HostRow } from '../../../control/host-words.js';
import { inputName, readInput } from '../../shared/input.js';
import {
  type CommonOptions,
  clientOf,
  collect,
  optionsOf,
  withCommonOptions,
  withExample,
} from '../../shared/options.js';
import { type StartOptions, startDocument } from './start-document.js';

/** Options that describe a host, and so stand for a file. */
const DESCRIBING = ['link', 'address', 'gateway', 'mac', 'mtu', 'forwarding'] as const;

export function registerStart(host: Command): void {
  const start = host
    .command('start <what>')
    .description(
      'run a host in the daemon: by its file (docs/host-config.md, - for stdin), or by its name and options',
    )
    .option(
      '--link <link>',
      'its link: tap:DEVICE, tun:DEVICE, node:BLOCK of the daemon, a device, or {"kind": …}',
    )
    .option('--address <network>', 'an address with the length of its network; may be repeated', collect)
    .option('--gateway <address>', 'where other packets go; one of each family', collect)
    .option('--mac <mac>', 'its hardware address (default: one made of the names of host and link)')
    .option('--mtu <bytes>', 'the longest packet of its link (default: 1500)', mtu)
    .option('--forwarding', 'pass on packets for others');
  withExample(
    withCommonOptions(start),
    'quipu host start h1.yaml',
    'quipu host start h1 --link tap:tap0 --address 10.0.0.2/24 --address fd00::2/64 --gateway 10.0.0.1',
  );
  start.action(async (what: string) => {
    const options = optionsOf<CommonOptions & StartOptions>(start);
    const described = DESCRIBING.some((name) => options[name] !== undefined);
    const config = described ? startDocument(what, options) : await readDocument(what);
    const row = await clientOf(options).hosts<HostRow>({ op: 'start', config });
    const text = `host ${row.name} is up: ${row.addresses.join(', ')}, socket ${row.socket}`;
    process.stdout.write(`${options.json ? JSON.stringify(row) : text}\n`);
  });

  const stop = host.command('stop <name>').description('end a host of the daemon; its connections are reset');
  withExample(withCommonOptions(stop), 'quipu host stop h1');
  stop.action(async (name: string) => {
    const options = optionsOf<CommonOptions>(stop);
    await clientOf(options).hosts({ op: 'stop', name });
    if (options.json) process.stdout.write(`${JSON.stringify({ stopped: name })}\n`);
  });
}

/** A host's file, read here: the daemon may stand in another folder. Throws QuipuError. */
async function readDocument(file: string): Promise<Record<string, unknown>> {
  // Only now: it brings all that is known of links with it.
  const { parseHostConfig } = await import('../../../api/host/config.js');
  const config = parseHostConfig(textOf(file), inputName(file));
  return config.hostsFile === undefined ? config : { ...config, hostsFile: resolve(config.hostsFile) };
}

function textOf(file: string): string {
  try {
    return readInput(file);
  } catch (error) {
    if (!(error instanceof QuipuError) || file === '-') throw error;
    throw new QuipuError(
      error.code,
      `${error.message}; a host without a file is described by --link and --address`,
    );
  }
}

function mtu(text: string): number {
  const value = Number(text);
  if (/^[0-9]{3,5}$/.test(text) && value >= 576 && value <= 65_535) return value;
  throw new InvalidArgumentError('Use a whole number from 576 to 65535.');
}
