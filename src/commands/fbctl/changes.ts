import type { Command } from 'commander';
import { parseFbctl } from '../../control/command-text.js';
import type { TransactionReport } from '../../control/service.js';
import { changeGraph } from '../shared/change.js';
import { type ChangeOptions, optionsOf, withChangeOptions, withExample } from '../shared/options.js';

interface Entry {
  readonly usage: string;
  readonly summary: string;
  readonly flags?: readonly (readonly [flag: string, meaning: string])[];
  readonly examples: readonly string[];
}

/** Commands that change the graph. What their words mean is said in control/command-text.ts. */
const entries: readonly Entry[] = [
  {
    usage: 'add <name> <type> [key=value...]',
    summary: 'make a block; "fbctl types" lists the types',
    examples: ['fbctl add fb3 bpf filter=@ipv4.bpf', 'fbctl add eth0 ethernet link=eth0 promiscuous=true'],
  },
  {
    usage: 'rm <name>',
    summary: 'remove a block that nothing uses',
    flags: [
      ['--force', 'untie and unsubscribe it first'],
      ['--later', 'remove it as soon as its last user is gone; its name is free at once'],
    ],
    examples: ['fbctl rm fb3 --force'],
  },
  {
    usage: 'set <name> <key=value...>',
    summary: 'change options of a block: key=value, key=@FILE, key=- for stdin, key= to take it away',
    examples: [
      "fbctl set fb3 filter='{ 0x28, 0, 0, 12 }, { 0x15, 0, 1, 0x800 }, { 6, 0, 0, 0xffff }, { 6, 0, 0, 0 }'",
      'fbctl set fb3 filter=-  <arp.bpf',
    ],
  },
  {
    usage: 'bind <upper> <lower>',
    summary: 'put a block on top of another; BLOCK:PORT as <upper> ties that single edge to <lower>',
    examples: ['fbctl bind fb2 eth0', 'fbctl bind fb2:ingress3 fb5'],
  },
  {
    usage: 'unbind <upper> [lower]',
    summary: 'take a block off another; with BLOCK:PORT alone, untie that single edge',
    examples: ['fbctl unbind fb2 eth0', 'fbctl unbind fb2:ingress3'],
  },
  {
    usage: 'insert <new> <upper> <lower>',
    summary: 'put a block between two that are bound',
    examples: ['fbctl insert fb7 fb4 fb3'],
  },
  {
    usage: 'replace <old> <new>',
    summary: 'let a block take over the dispatch point, bindings, subscriptions and state of another',
    flags: [
      ['--drop', 'start with fresh state'],
      ['-v, --verbose', 'say what became of the state'],
    ],
    examples: ['fbctl replace fb3 fb8'],
  },
  {
    usage: 'subscribe <who> <whom>',
    summary: 'tell a block of the events of another',
    examples: ['fbctl subscribe fb4 eth0'],
  },
  {
    usage: 'unsubscribe <who> <whom>',
    summary: 'end such a subscription',
    examples: ['fbctl unsubscribe fb4 eth0'],
  },
  {
    usage: 'notify <name> <event> [json]',
    summary: 'send an event to the subscribers of a block, as if it came from it',
    examples: [`fbctl notify eth0 my-event '{"level": 3}'`],
  },
];

type Options = ChangeOptions & Readonly<Record<string, unknown>>;

/** Flags that are words of the command, not the tool's. */
const PASSED_ON = ['force', 'later', 'drop'] as const;

export function registerChanges(program: Command): void {
  for (const { usage, summary, flags = [], examples } of entries) {
    const command = program.command(usage).description(summary);
    for (const [flag, meaning] of flags) command.option(flag, meaning);
    withExample(withChangeOptions(command), ...examples);
    command.action(async () => {
      const options = optionsOf<Options>(command);
      const passed = PASSED_ON.filter((flag) => options[flag] === true).map((flag) => `--${flag}`);
      const report = await changeGraph(
        parseFbctl([command.name(), ...passed, '--', ...command.args]),
        options,
      );
      if (options.verbose === true && !options.json) process.stdout.write(stateText(report));
    });
  }
}

const stateTexts: Readonly<Record<string, string>> = {
  kept: 'the state was kept',
  migrated: 'the state was taken over by the new type',
  dropped: 'the state was dropped',
  fresh: 'the state could not be taken over: it starts fresh',
};

function stateText({ results }: TransactionReport): string {
  const state = String(results[0]?.state);
  return `${stateTexts[state] ?? `state: ${state}`}\n`;
}
