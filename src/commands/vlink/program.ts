import type { Command } from 'commander';
import type { ActionInput } from '../../control/actions.js';
import type { BlockView } from '../../control/views.js';
import { parseVlink, removalActions } from '../../control/vlink-text.js';
import { changeGraph } from '../shared/change.js';
import {
  type ChangeOptions,
  clientOf,
  optionsOf,
  withChangeOptions,
  withExample,
} from '../shared/options.js';
import { toolCommand } from '../shared/run.js';
import { hangingOf } from '../shared/tagged.js';
import { registerList } from './list.js';

interface Entry {
  readonly usage: string;
  readonly summary: string;
  readonly flags: readonly (readonly [flag: string, meaning: string])[];
  readonly examples: readonly string[];
}

/** Commands that change the graph. What their words mean is said in control/vlink-text.ts. */
const entries: readonly Entry[] = [
  {
    usage: 'hook <device>',
    summary: 'make a block, named like the device, where its frames enter and leave',
    flags: [
      ['--name <name>', 'another name for the block'],
      ['--exclusive', 'withhold the frames from the kernel (Linux 6.6 or later)'],
      ['--promiscuous', 'take frames addressed to other hosts too'],
      ['--io <way>', 'how frames come in: auto, ring, recvmmsg, or xdp, which is exclusive (docs/links.md)'],
      ['--queue <n>', 'frames that may wait while the device is busy (default: 1024)'],
    ],
    examples: ['vlink ethernet hook eth0', 'vlink ethernet hook eth0 --name uplink --exclusive'],
  },
  {
    usage: 'unhook <name>',
    summary: 'remove such a block; the device is as it was',
    flags: [['--force', 'untie it first']],
    examples: ['vlink ethernet unhook eth0'],
  },
  {
    usage: 'add <name> <carrier> <id>',
    summary: 'make a virtual device on a hooked one, told apart by its id (0-255)',
    flags: [
      ['--mtu <n>', 'its MTU (default: 1498)'],
      ['--mac <mac>', 'its hardware address (default: that of its carrier)'],
      ['--device <device>', 'name of the Linux device (default: that of the block)'],
    ],
    examples: ['vlink ethernet add v10 eth0 10'],
  },
  {
    usage: 'rm <name>',
    summary: 'remove a virtual device that nothing sits on',
    flags: [['--force', 'untie it first']],
    examples: ['vlink ethernet rm v10'],
  },
];

type Options = ChangeOptions & Readonly<Record<string, unknown>>;

const SWITCHES = ['exclusive', 'promiscuous', 'force'] as const;
const VALUES = ['name', 'queue', 'io', 'mtu', 'mac', 'device'] as const;

/** The tool `vlink`: hooks links of this machine. */
export function vlink(): Command {
  const program = toolCommand('vlink', 'Hook network devices of this machine into a running Quipu daemon.');
  const ethernet = program.command('ethernet').description('Ethernet devices, real and virtual');
  for (const { usage, summary, flags, examples } of entries) {
    const command = ethernet.command(usage).description(summary);
    for (const [flag, meaning] of flags) command.option(flag, meaning);
    withExample(withChangeOptions(command), ...examples);
    command.action(() => change(command));
  }
  registerList(ethernet);
  return program;
}

async function change(command: Command): Promise<void> {
  const options = optionsOf<Options>(command);
  const given = [
    ...SWITCHES.filter((name) => options[name] === true).map((name) => `--${name}`),
    ...VALUES.filter((name) => options[name] !== undefined).map(
      (name) => `--${name}=${String(options[name])}`,
    ),
  ];
  const meaning = parseVlink(['ethernet', command.name(), ...given, '--', ...command.args]);
  if ('actions' in meaning) {
    const adds = command.name() === 'add' && options.mac === undefined;
    const actions = adds ? await withCarrierAddress(meaning.actions, options) : meaning.actions;
    await changeGraph(actions, options);
  } else {
    const hanging = await hangingOf(clientOf(options), meaning.remove);
    await changeGraph(removalActions(meaning.remove, hanging), options);
  }
  if (!options.json && !options.dryRun) process.stdout.write(doneText(command.name(), command.args, options));
}

/** What a command that has succeeded did, for people. */
export function doneText(command: string, words: readonly string[], options: Options): string {
  const [name, carrier, id] = words;
  switch (command) {
    case 'hook':
      return `hooked ${name}: its frames come in at block ${String(options.name ?? name)}\n`;
    case 'unhook':
      return `unhooked ${name}\n`;
    case 'add':
      return `made ${name} on ${carrier}, EtherType 0x${(0xac00 + Number(id)).toString(16)}\n`;
    default:
      return `removed ${name}\n`;
  }
}

/** Gives a virtual device the address of its carrier, as VLAN devices have it: a carrier passes its own address on. */
async function withCarrierAddress(actions: readonly ActionInput[], options: Options): Promise<ActionInput[]> {
  const tie = actions.find((action) => action.do === 'connect' && action.port.startsWith('tag'));
  if (tie?.do !== 'connect') return [...actions];
  const carrier = await clientOf(options).request<BlockView>({ op: 'show', name: tie.from });
  const mac = carrier.links[0]?.address;
  if (mac === undefined || mac === '00:00:00:00:00:00') return [...actions];
  return actions.map((action) =>
    action.do === 'add' ? { ...action, config: { mac, ...action.config } } : action,
  );
}
