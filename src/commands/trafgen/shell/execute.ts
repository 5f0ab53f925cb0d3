import { QuipuError } from '../../../contract/error.js';
import type {
  DeviceRow,
  GeneratorOutcome,
  GeneratorSettings,
  GeneratorView,
  PacketRow,
  PacketView,
  UserRow,
} from '../../../control/generator-words.js';
import { paths } from '../../../control/protocol.js';
import { textSource } from '../../shared/source.js';
import { configurationText } from './configuration.js';
import { helpText } from './help.js';
import { watchDevice, watchGenerators } from './live.js';
import { checkPacket, packetFile } from './packet-source.js';
import type { ShellCommand } from './parse.js';
import { save } from './save.js';
import { answer, ask, type Shell } from './shell.js';
import {
  devicesText,
  deviceText,
  generatorsText,
  generatorText,
  packetsText,
  packetText,
  statisticsText,
  usersText,
} from './texts.js';

/** Carries a command out. Throws QuipuError. */
export async function execute(
  shell: Shell,
  command: Exclude<ShellCommand, { do: 'exit' | 'load' }>,
): Promise<void> {
  switch (command.do) {
    case 'packet':
      return describePacket(shell, command);
    case 'packet-file':
      return setPacket(shell, command, await packetFile(shell, command));
    case 'generator':
      return setGenerator(shell, command.name, command.settings, command.replace);
    case 'no':
      await ask<null>(shell, { op: `remove-${command.what}`, name: command.name });
      return answer(shell, { removed: command.name }, '');
    case 'show-packets':
      return showPackets(shell, command.name);
    case 'show-generators':
      return showGenerators(shell, command.name);
    case 'show-devices': {
      const rows = await ask<DeviceRow[]>(shell, { op: 'devices' });
      return answer(shell, rows, devicesText(rows));
    }
    case 'show-users': {
      const rows = await ask<UserRow[]>(shell, { op: 'users' });
      return answer(shell, rows, usersText(rows, shell.session));
    }
    case 'show-configuration': {
      const { packets, generators } = await configuration(shell);
      return answer(shell, { packets, generators }, configurationText(packets, generators));
    }
    case 'start':
    case 'stop':
      return startOrStop(shell, command.do, command.names);
    case 'statistics':
      if (command.every !== null) return watchGenerators(shell, command.names, command.every);
      return statistics(shell, command.names);
    case 'device': {
      if (command.every !== null) return watchDevice(shell, command.name, command.every);
      const row = await ask<DeviceRow>(shell, { op: 'device', name: command.name });
      return answer(shell, row, deviceText(row));
    }
    case 'log':
      return log(shell, command.lines);
    case 'save': {
      const { packets, generators } = await configuration(shell);
      save(command.path, configurationText(packets, generators));
      const saved = { saved: command.path, packets: packets.length, generators: generators.length };
      const text = `saved ${packets.length} packets and ${generators.length} generators in ${command.path}\n`;
      return answer(shell, saved, text);
    }
    case 'help': {
      const text = helpText(command.topic);
      if (text !== null) return answer(shell, { help: text }, text);
      throw new QuipuError('bad-request', `no command "${command.topic.join(' ')}"; "help" lists them`);
    }
  }
}

interface PacketName {
  readonly name: string;
  readonly replace: boolean;
}

async function describePacket(shell: Shell, packet: PacketName & { readonly text: string }): Promise<void> {
  const { name, text } = packet;
  for (const warning of checkPacket(textSource(`packet ${name}`, text))) shell.remark(warning);
  return setPacket(shell, packet, text);
}

async function setPacket(shell: Shell, { name, replace }: PacketName, text: string): Promise<void> {
  const view = await ask<PacketView>(shell, { op: 'set-packet', name, text, replace });
  await answer(shell, view, '');
}

async function setGenerator(
  shell: Shell,
  name: string,
  settings: Partial<GeneratorSettings>,
  replace: boolean,
): Promise<void> {
  const { packet, device } = settings;
  if (packet !== undefined && device !== undefined) {
    const whole = { ...settings, packet, device };
    const view = await ask<GeneratorView>(shell, { op: 'set-generator', name, settings: whole, replace });
    return answer(shell, view, '');
  }
  if (replace) throw incomplete(name);
  const view = await change(shell, name, settings);
  return answer(shell, view, '');
}

async function change(
  shell: Shell,
  name: string,
  settings: Partial<GeneratorSettings>,
): Promise<GeneratorView> {
  try {
    return await ask<GeneratorView>(shell, { op: 'change-generator', name, settings });
  } catch (error) {
    if (!(error instanceof QuipuError) || error.code !== 'unknown-name') throw error;
    const isNew = !(await ask<GeneratorView[]>(shell, { op: 'generators' })).some((one) => one.name === name);
    throw isNew ? incomplete(name) : error;
  }
}

function incomplete(name: string): QuipuError {
  return new QuipuError(
    'bad-request',
    `generator ${name} needs a packet and a device: write "generator ${name} packet P device D …"`,
  );
}

async function showPackets(shell: Shell, name: string | null): Promise<void> {
  if (name === null) {
    const rows = await ask<PacketRow[]>(shell, { op: 'packets' });
    return answer(shell, rows, packetsText(rows));
  }
  const view = await ask<PacketView>(shell, { op: 'packet', name });
  return answer(shell, view, packetText(view));
}

async function showGenerators(shell: Shell, name: string | null): Promise<void> {
  const names = name === null ? 'all' : [name];
  const views = await ask<GeneratorView[]>(shell, { op: 'generators', names });
  if (name === null) return answer(shell, views, generatorsText(views));
  return answer(shell, views[0], generatorText(views[0]));
}

async function statistics(shell: Shell, names: 'all' | readonly string[]): Promise<void> {
  const asked = names === 'all' ? names : [...names];
  const views = await ask<GeneratorView[]>(shell, { op: 'generators', names: asked });
  return answer(shell, views, statisticsText(views));
}

async function startOrStop(
  shell: Shell,
  op: 'start' | 'stop',
  names: 'all' | readonly string[],
): Promise<void> {
  const asked = names === 'all' ? names : [...names];
  const outcomes = await ask<GeneratorOutcome[]>(shell, { op, names: asked });
  const views = outcomes.flatMap(({ view }) => view ?? []);
  const none = outcomes.length === 0 ? `nothing to ${op}\n` : '';
  const text = op === 'stop' && views.length > 0 ? statisticsText(views) : '';
  await answer(shell, outcomes, none + text);
  const errors = outcomes.flatMap(({ error }) => error ?? []);
  if (errors.length === 0) return;
  const [{ code }] = errors;
  throw new QuipuError(code, errors.map(({ message }) => message).join('\n'));
}

async function configuration(shell: Shell): Promise<{ packets: PacketView[]; generators: GeneratorView[] }> {
  const packets: PacketView[] = [];
  for (const { name } of await ask<PacketRow[]>(shell, { op: 'packets' })) {
    packets.push(await ask<PacketView>(shell, { op: 'packet', name }));
  }
  return { packets, generators: await ask<GeneratorView[]>(shell, { op: 'generators' }) };
}

async function log(shell: Shell, lines: number): Promise<void> {
  const stream = await shell.client.stream(paths.log, { last: lines });
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  await answer(shell, text.split('\n').slice(0, -1), text);
}
