import type { Command } from 'commander';
import { withExample } from '../shared/options.js';
import { toolCommand } from '../shared/run.js';
import { send } from './send.js';
import { withSendOptions } from './send-options.js';

interface Module {
  register(program: Command): void;
}

/** Every subcommand and the file that knows it. */
export const subcommands: Readonly<Record<string, () => Promise<Module>>> = {
  rfc2544: () => import('./rfc2544.js'),
  shell: () => import('./shell.js'),
};

/**
 * The tool `trafgen`: without a subcommand it sends. Only the subcommands that `words` may mean are loaded; without any,
 * all are, for the help.
 */
export async function trafgen(words: readonly string[]): Promise<Command> {
  const program = toolCommand(
    'trafgen',
    'Generate network traffic: packets from a small language or a capture.',
  );
  program
    .enablePositionalOptions()
    .argument('[packet]', "packets, as in '{ eth(type=0x88b5), fill(0, 46) }'");
  withExample(
    withSendOptions(program),
    "trafgen -o eth0 -n 1000 '{ eth(), ipv4(da=10.0.0.1), udp(dport=9), fill(0x41, 18) }'",
    'trafgen -o eth0 -i traffic.cfg --rate 20kpps',
    'trafgen -o eth0 -i traffic.cfg --cpu 0,1 --io packet',
    'trafgen -o eth0 -i recorded.pcapng --gap recorded',
    'trafgen -o packets.pcap -i traffic.cfg -n 100',
    'trafgen -e | trafgen -i - -o - -n 1',
    'trafgen -o eth0 -i fuzz.cfg --smoke-test 10.0.0.1',
  );
  program.action((packet: string | undefined) => send(packet, program.opts()));
  const needsAll = words.some((word) => ['help', '--help', '-h'].includes(word));
  for (const name of Object.keys(subcommands)) {
    if (needsAll || words.includes(name)) (await subcommands[name]()).register(program);
  }
  return program;
}
