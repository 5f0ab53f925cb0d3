import type { Command } from 'commander';
import { QuipuError } from '../../../contract/error.js';
import type { HostRequestInput, HostView } from '../../../control/host-words.js';
import {
  type CommonOptions,
  hostClientOf,
  optionsOf,
  withCommonOptions,
  withExample,
} from '../../shared/options.js';
import { neighboursText } from './host-text.js';

interface RouteOptions extends CommonOptions {
  readonly interface?: string;
  readonly metric?: number;
}

/** Commands that change a host while it runs. */
export function registerChanges(host: Command): void {
  registerAddress(host);
  registerRoute(host);
  registerNeighbour(host);
  const forwarding = host
    .command('forwarding <name> <on|off>')
    .description('whether a host passes on packets for others');
  withExample(withCommonOptions(forwarding), 'quipu host forwarding h1 on');
  forwarding.action(async (name: string, word: string) => {
    if (word !== 'on' && word !== 'off') {
      throw new QuipuError('bad-request', `${JSON.stringify(word)}: say on or off`);
    }
    await change(forwarding, name, { op: 'forwarding', on: word === 'on' });
  });
}

function registerAddress(host: Command): void {
  const address = group(host, 'address', 'addresses of a host', [
    'quipu host address add h1 tap0 10.0.0.3/24',
    'quipu host address rm h1 tap0 10.0.0.3',
  ]);
  const add = address
    .command('add <name> <interface> <address>')
    .description('give a host an address, with the length of its network')
    .option(
      '--check <when>',
      'when others are asked whether it is theirs: before it is used, meanwhile, or off',
    );
  withExample(withCommonOptions(add), 'quipu host address add h1 tap0 10.0.0.3/24');
  add.action(async (name: string, at: string, text: string) => {
    const { check } = optionsOf<CommonOptions & { check?: string }>(add);
    await change(add, name, {
      ...{ op: 'address-add', interface: at, address: text },
      ...(check === undefined ? {} : { check: checkOf(check) }),
    });
  });
  const rm = address.command('rm <name> <interface> <address>').description('take an address away');
  withExample(withCommonOptions(rm), 'quipu host address rm h1 tap0 10.0.0.3');
  rm.action((name: string, at: string, text: string) =>
    change(rm, name, { op: 'address-remove', interface: at, address: text.replace(/\/.*$/, '') }),
  );
}

function checkOf(text: string): 'before' | 'meanwhile' | 'off' {
  if (text === 'before' || text === 'meanwhile' || text === 'off') return text;
  throw new QuipuError('bad-request', `--check ${text}: say before, meanwhile or off`);
}

function registerRoute(host: Command): void {
  const route = group(host, 'route', 'routes of a host', [
    'quipu host route add h1 192.0.2.0/24 via 10.0.0.1',
    'quipu host route rm h1 192.0.2.0/24',
  ]);
  const add = route
    .command('add <name> <to> [via] [gateway]')
    .description('add a route to a network, or to "default", via a gateway, or by --interface')
    .option('--interface <name>', 'the interface by which it leads')
    .option('--metric <n>', 'of routes to the same network the least is taken (default: 0)', metric);
  withExample(
    withCommonOptions(add),
    'quipu host route add h1 default via 10.0.0.1',
    'quipu host route add h1 192.0.2.0/24 --interface tap0',
  );
  add.action((name: string, to: string, ...words: (string | undefined)[]) => {
    const options = optionsOf<RouteOptions>(add);
    const { metric: least } = options;
    const rest = least === undefined ? {} : { metric: least };
    return change(add, name, { op: 'route-add', to, ...wayOf(words, options), ...rest });
  });
  const rm = route
    .command('rm <name> <to> [via] [gateway]')
    .description('remove the routes to a network that fit what else is named')
    .option('--interface <name>', 'only those by this interface');
  withExample(withCommonOptions(rm), 'quipu host route rm h1 default');
  rm.action((name: string, to: string, ...words: (string | undefined)[]) =>
    change(rm, name, { op: 'route-remove', to, ...wayOf(words, optionsOf<RouteOptions>(rm)) }),
  );
}

/** `via GATEWAY`, and the interface. Throws QuipuError. */
function wayOf(
  [word, gateway]: readonly (string | undefined)[],
  options: RouteOptions,
): { via?: string; interface?: string } {
  if (word !== undefined && (word !== 'via' || typeof gateway !== 'string')) {
    throw new QuipuError('bad-request', `${word}: behind the network stands "via" and an address`);
  }
  return {
    ...(typeof gateway === 'string' ? { via: gateway } : {}),
    ...(options.interface === undefined ? {} : { interface: options.interface }),
  };
}

function registerNeighbour(host: Command): void {
  const neighbour = group(host, 'neighbour', 'hardware addresses that a host knows', [
    'quipu host neighbour list h1',
    'quipu host neighbour add h1 tap0 10.0.0.1 02:00:00:00:00:01',
  ]);
  const add = neighbour
    .command('add <name> <interface> <address> <mac>')
    .description('tell a host a hardware address for good');
  withExample(withCommonOptions(add), 'quipu host neighbour add h1 tap0 10.0.0.1 02:00:00:00:00:01');
  add.action((name: string, at: string, address: string, mac: string) =>
    change(add, name, { op: 'neighbour-add', interface: at, address, mac }),
  );
  const rm = neighbour.command('rm <name> <interface> <address>').description('let a host forget one');
  withExample(withCommonOptions(rm), 'quipu host neighbour rm h1 tap0 10.0.0.1');
  rm.action((name: string, at: string, address: string) =>
    change(rm, name, { op: 'neighbour-remove', interface: at, address }),
  );
  const list = neighbour.command('list <name>').description('list what a host knows of its neighbours');
  withExample(withCommonOptions(list), 'quipu host neighbour list h1');
  list.action(async (name: string) => {
    const options = optionsOf<CommonOptions>(list);
    const { neighbours } = await hostClientOf(name, options).host<HostView>({ op: 'show' });
    process.stdout.write(options.json ? `${JSON.stringify(neighbours)}\n` : neighboursText(neighbours));
  });
}

function group(host: Command, name: string, summary: string, examples: readonly string[]): Command {
  const command = host.command(name).description(summary);
  withExample(withCommonOptions(command), ...examples);
  return command;
}

async function change(command: Command, name: string, request: HostRequestInput): Promise<void> {
  const options = optionsOf<CommonOptions>(command);
  const answer = await hostClientOf(name, options).host<unknown>(request);
  if (options.json) process.stdout.write(`${JSON.stringify(answer ?? {})}\n`);
}

function metric(text: string): number {
  const value = Number(text);
  if (/^[0-9]{1,10}$/.test(text) && value <= 0xffff_ffff) return value;
  throw new QuipuError('bad-request', `--metric ${text}: write a whole number from 0 to 4294967295`);
}
