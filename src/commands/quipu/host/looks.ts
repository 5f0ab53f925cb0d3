import type { Command } from 'commander';
import type { HostRow, HostStatistics, HostView, SocketRow } from '../../../control/host-words.js';
import {
  type CommonOptions,
  clientOf,
  hostClientOf,
  optionsOf,
  withCommonOptions,
  withExample,
} from '../../shared/options.js';
import { hostsText, hostText, statisticsText } from './host-text.js';
import { socketsText } from './sockets-text.js';

interface SocketsOptions extends CommonOptions {
  readonly info?: boolean;
  readonly listening?: boolean;
  readonly tcp?: boolean;
  readonly udp?: boolean;
}

/** Commands that only look. */
export function registerLooks(host: Command): void {
  const list = host.command('list').description('list the hosts that run in the daemon');
  withExample(withCommonOptions(list), 'quipu host list');
  list.action(async () => {
    const options = optionsOf<CommonOptions>(list);
    const rows = await clientOf(options).hosts<HostRow[]>({ op: 'list' });
    process.stdout.write(options.json ? `${JSON.stringify(rows)}\n` : hostsText(rows));
  });

  const show = host.command('show <name>').description('show a host’s interfaces, routes and neighbours');
  withExample(withCommonOptions(show), 'quipu host show h1', 'quipu host show /run/app.sock --json');
  show.action(async (name: string) => {
    const options = optionsOf<CommonOptions>(show);
    const view = await hostClientOf(name, options).host<HostView>({ op: 'show' });
    process.stdout.write(options.json ? `${JSON.stringify(view)}\n` : hostText(view));
  });

  const sockets = host
    .command('sockets <name>')
    .description('list a host’s sockets, in the columns of ss(8)')
    .option('-i, --info', 'what TCP knows of each connection')
    .option('-l, --listening', 'only those that wait for calls')
    .option('-t, --tcp', 'only TCP')
    .option('-u, --udp', 'only UDP');
  withExample(withCommonOptions(sockets), 'quipu host sockets h1', 'quipu host sockets h1 --tcp -i');
  sockets.action(async (name: string) => {
    const options = optionsOf<SocketsOptions>(sockets);
    const all = await hostClientOf(name, options).host<SocketRow[]>({ op: 'sockets' });
    const rows = all.filter((row) => isWanted(row, options));
    process.stdout.write(
      options.json ? `${JSON.stringify(rows)}\n` : socketsText(rows, options.info === true),
    );
  });

  const statistics = host
    .command('statistics <name>')
    .description('what a host’s blocks have counted and dropped, without what is zero')
    .option('--all', 'zeros, too');
  withExample(withCommonOptions(statistics), 'quipu host statistics h1');
  statistics.action(async (name: string) => {
    const options = optionsOf<CommonOptions & { all?: boolean }>(statistics);
    const counted = await hostClientOf(name, options).host<HostStatistics>({ op: 'statistics' });
    process.stdout.write(
      options.json ? `${JSON.stringify(counted)}\n` : statisticsText(counted, options.all === true),
    );
  });
}

function isWanted({ protocol, state }: SocketRow, { listening, tcp, udp }: SocketsOptions): boolean {
  if (listening && state !== 'listen' && state !== 'open') return false;
  return (!tcp && !udp) || (protocol === 'tcp' ? tcp === true : udp === true);
}
