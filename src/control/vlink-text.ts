import type { ActionInput } from './actions.js';
import { type Arguments, type Grammar, takeArguments, wholeNumber } from './arguments.js';
import { plainWords, refuse, type Word } from './words.js';

/**
 * What a line of vlink means: actions, or the removal of a virtual device, for which the graph has to be asked where
 * the device hangs (see `removalActions`).
 */
export type VlinkMeaning =
  | { readonly actions: ActionInput[] }
  | { readonly remove: string; readonly place: Word };

interface Command extends Grammar {
  readonly meaning: (given: Arguments) => VlinkMeaning;
}

/** The commands of vlink for Ethernet links (seed 004 §5.2.5 and appendix C.3). */
const commands: Readonly<Record<string, Command>> = {
  hook: {
    usage: 'ethernet hook DEVICE [--name NAME] [--exclusive] [--promiscuous] [--io WAY] [--queue N]',
    least: 1,
    most: 1,
    flags: ['exclusive', 'promiscuous'],
    values: ['name', 'queue', 'io'],
    meaning: ({ operands: [device], flags, values }) => {
      const queue = values.get('queue');
      const io = values.get('io');
      const config = {
        link: io ? { kind: 'af-packet', device: device.text, io: io.text } : device.text,
        ...(flags.has('exclusive') ? { exclusive: true } : {}),
        ...(flags.has('promiscuous') ? { promiscuous: true } : {}),
        ...(queue ? { queue: wholeNumber(queue, '--queue', 1, 1_000_000) } : {}),
      };
      return {
        actions: [{ do: 'add', name: (values.get('name') ?? device).text, type: 'ethernet', config }],
      };
    },
  },
  unhook: {
    usage: 'ethernet unhook NAME [--force]',
    least: 1,
    most: 1,
    flags: ['force'],
    meaning: ({ operands: [name], flags }) => ({
      actions: [{ do: 'rm', name: name.text, mode: flags.has('force') ? 'force' : 'unused' }],
    }),
  },
  add: {
    usage: 'ethernet add NAME CARRIER ID [--mtu N] [--mac MAC] [--device DEVICE]',
    least: 3,
    most: 3,
    values: ['mtu', 'mac', 'device'],
    meaning: ({ operands: [name, carrier, idWord], values }) => {
      const id = wholeNumber(idWord, 'ID', 0, 255);
      const mtu = values.get('mtu');
      const mac = values.get('mac');
      const device = values.get('device');
      const config = {
        id,
        ...(mtu ? { mtu: wholeNumber(mtu, '--mtu', 68, 65_521) } : {}),
        ...(mac ? { mac: mac.text } : {}),
        ...(device ? { device: device.text } : {}),
      };
      return {
        actions: [
          { do: 'add', name: name.text, type: 'ethernet-tagged', config },
          { do: 'connect', from: carrier.text, port: `tag${id}`, to: name.text },
          { do: 'connect', from: name.text, port: 'egress', to: carrier.text },
        ],
      };
    },
  },
  rm: {
    usage: 'ethernet rm NAME [--force]',
    least: 1,
    most: 1,
    flags: ['force'],
    meaning: ({ operands: [name], flags }) =>
      flags.has('force')
        ? { actions: [{ do: 'rm', name: name.text, mode: 'force' }] }
        : { remove: name.text, place: name },
  },
};

/** Words of one command, such as `ethernet hook eth0`. Throws QuipuError bad-request. */
export function parseVlink(words: readonly string[]): VlinkMeaning {
  return vlinkMeaning(plainWords(words));
}

/** As `parseVlink`, for words that know where they stand. */
export function vlinkMeaning(words: readonly Word[]): VlinkMeaning {
  const [family, command, ...rest] = words;
  if (family?.text !== 'ethernet') refuse(family, 'vlink knows one kind of link: write vlink ethernet …');
  const known = Object.keys(commands).join(', ');
  if (!command) refuse(family, `vlink ethernet wants a command: ${known}`);
  if (!Object.hasOwn(commands, command.text)) {
    refuse(
      command,
      `vlink ethernet has no command ${JSON.stringify(command.text.slice(0, 60))}; there are ${known}`,
    );
  }
  const grammar = commands[command.text];
  return grammar.meaning(takeArguments(command, rest, grammar));
}

/** Where a virtual device hangs. */
export interface Hanging {
  readonly carrier: string;
  /** The carrier's port that leads to it: `tag10`. */
  readonly port: string;
}

/** Takes a virtual device off its carrier and away; refused by the node while something else uses it. */
export function removalActions(name: string, hanging: Hanging): ActionInput[] {
  return [
    { do: 'disconnect', from: hanging.carrier, port: hanging.port },
    { do: 'disconnect', from: name, port: 'egress' },
    { do: 'rm', name },
  ];
}

/** Where the actions given put the device; undefined when they do not. */
export function hangingIn(actions: readonly ActionInput[], name: string): Hanging | undefined {
  const edge = actions.findLast(
    (action) => action.do === 'connect' && action.to === name && action.port.startsWith('tag'),
  );
  return edge?.do === 'connect' ? { carrier: edge.from, port: edge.port } : undefined;
}
