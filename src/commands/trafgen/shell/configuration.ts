import {
  defaultSettings,
  type GeneratorSettings,
  type GeneratorView,
  type PacketView,
} from '../../../control/generator-words.js';
import { paceText } from '../../../traffic/rates.js';
import { LineJoiner } from './joiner.js';

/** First line of a file that `save` has written: no other file is written over. */
export const HEADER = '# configuration of trafgen shell';

/** Packets and generators as commands that make them again. */
export function configurationText(
  packets: readonly PacketView[],
  generators: readonly GeneratorView[],
): string {
  const commands = [
    ...packets.map(({ name, text }) => packetCommand(name, text)),
    ...generators.map(({ name, settings }) => `generator ${name} ${settingsText(settings)}`),
  ];
  return [HEADER, ...commands, ''].join('\n');
}

/** In braces where the text ends with them, else up to a line that it does not have. */
function packetCommand(name: string, text: string): string {
  const inBraces = `packet ${name} ${text}`;
  if (text.startsWith('{') && isComplete(inBraces)) return inBraces;
  const lines = new Set(text.split('\n').map((line) => line.trim()));
  let end = 'END';
  for (let i = 1; lines.has(end); i++) end = `END${i}`;
  return `packet ${name} <<${end}\n${text}\n${end}`;
}

/** It is one command, which ends with its last line and not before. */
function isComplete(text: string): boolean {
  if (text.includes('\r')) return false;
  const joiner = new LineJoiner();
  const lines = text.split('\n');
  return lines.every((line, i) => (joiner.add(line) !== null) === (i === lines.length - 1));
}

/** What `generator NAME` wants behind it; what is as by default is left out. */
export function settingsText(settings: GeneratorSettings): string {
  const { packet, device, pace, count, cpus, seed, way, shuffled, queueingDiscipline } = settings;
  const words = ['packet', packet, 'device', quoted(device)];
  if (pace.kind !== 'full') words.push(pace.kind === 'gap' ? 'gap' : 'rate', paceText(pace));
  if (count !== null) words.push('count', String(count));
  if (cpus !== null) words.push('cpu', cpus.join(','));
  if (seed !== null) words.push('seed', String(seed));
  if (way !== defaultSettings.way) words.push('way', way);
  if (shuffled) words.push('order', 'random');
  if (queueingDiscipline) words.push('qdisc', 'on');
  return words.join(' ');
}

function quoted(word: string): string {
  return /^[#!]|\s/.test(word) ? `"${word}"` : word;
}
