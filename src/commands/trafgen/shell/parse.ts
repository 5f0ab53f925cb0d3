import type { GeneratorSettings } from '../../../control/generator-words.js';
import { Arguments } from './arguments.js';
import { resolveCommand, type Syntax } from './grammar.js';
import { packetStart } from './joiner.js';
import { parseSettings } from './settings.js';
import { choose, LineFault, quoted, type ShellWord, shellWords } from './words.js';

/** What a line of the shell asks for. */
export type ShellCommand =
  /** `at`: where the text begins in the line, for faults in it. */
  | {
      readonly do: 'packet';
      readonly name: string;
      readonly replace: boolean;
      readonly text: string;
      readonly at: number;
    }
  | {
      readonly do: 'packet-file';
      readonly name: string;
      readonly replace: boolean;
      readonly path: string;
      readonly preprocess: boolean;
    }
  | {
      readonly do: 'generator';
      readonly name: string;
      readonly replace: boolean;
      readonly settings: Partial<GeneratorSettings>;
    }
  | { readonly do: 'no'; readonly what: 'packet' | 'generator'; readonly name: string }
  | { readonly do: 'show-packets' | 'show-generators'; readonly name: string | null }
  | { readonly do: 'show-devices' | 'show-users' | 'show-configuration' }
  | { readonly do: 'start' | 'stop'; readonly names: 'all' | readonly string[] }
  /** `every`: seconds. */
  | { readonly do: 'statistics'; readonly names: 'all' | readonly string[]; readonly every: number | null }
  | { readonly do: 'device'; readonly name: string; readonly every: number | null }
  | { readonly do: 'log'; readonly lines: number }
  | { readonly do: 'save' | 'load'; readonly path: string }
  | { readonly do: 'help'; readonly topic: readonly string[] }
  | { readonly do: 'exit' };

/** Longest time between two looks of a live view, in seconds. */
const LONGEST_EVERY = 86_400;

/** Reads a command; null for an empty line. Throws LineFault. */
export function parseCommand(text: string): ShellCommand | null {
  if (packetStart(text)) return parsePacket(text);
  const words = shellWords(text);
  const last = words.at(-1);
  if (last === undefined) return null;
  if (last.text.endsWith('?')) return helpHere(words, last);
  const { syntax, rest } = resolveCommand(words);
  return build(syntax, rest, words);
}

function build(syntax: Syntax, rest: readonly ShellWord[], words: readonly ShellWord[]): ShellCommand {
  const take = new Arguments(syntax, rest, words);
  const command = syntax.words.join(' ');
  switch (command) {
    case 'packet':
      take.name();
      return take.wrong();
    case 'generator':
      return generator(take);
    case 'no packet':
      return take.end({ do: 'no', what: 'packet', name: take.name() });
    case 'no generator':
      return take.end({ do: 'no', what: 'generator', name: take.name() });
    case 'start':
    case 'stop':
      return take.end({ do: command, names: someNames(take) ?? take.missing() });
    case 'statistics':
      return take.end({ do: command, names: someNames(take) ?? 'all', every: every(take) });
    case 'device':
      return take.end({ do: command, name: take.name(), every: every(take) });
    case 'show packets':
      return take.end({ do: 'show-packets', name: take.optional() });
    case 'show generators':
      return take.end({ do: 'show-generators', name: take.optional() });
    case 'show devices':
      return take.end({ do: 'show-devices' });
    case 'show users':
      return take.end({ do: 'show-users' });
    case 'show configuration':
      return take.end({ do: 'show-configuration' });
    case 'log':
      return take.end({ do: 'log', lines: take.whole('lines', 1, 100_000) ?? 20 });
    case 'save':
    case 'load':
      return take.end({ do: command, path: take.name() });
    case 'help':
      return { do: 'help', topic: rest.map((word) => word.text) };
    default:
      return take.end({ do: 'exit' });
  }
}

function parsePacket(text: string): ShellCommand {
  const start = packetStart(text);
  const words = shellWords(text.slice(0, start?.body.at ?? 0));
  if (start === null || start.body.kind === 'words') {
    const all = shellWords(text);
    const { syntax, rest } = resolveCommand(all);
    return packetFile(new Arguments(syntax, rest, all));
  }
  const { name, replace, body } = start;
  resolveCommand(words);
  if (body.kind === 'braces') return { do: 'packet', name, replace, text: text.slice(body.at), at: body.at };
  const at = text.indexOf('\n', body.at) + 1;
  const end = text.lastIndexOf('\n');
  if (at === 0 || end < at) throw new LineFault(`<<${body.end} wants a text and a line ${body.end}`, body.at);
  return { do: 'packet', name, replace, text: text.slice(at, end), at };
}

function packetFile(take: Arguments): ShellCommand {
  const name = take.name();
  const replace = take.keyword('replace');
  if (!take.keyword('file')) return take.wrong();
  const path = take.name();
  return take.end({ do: 'packet-file', name, replace, path, preprocess: take.keyword('cpp') });
}

function generator(take: Arguments): ShellCommand {
  const name = take.name();
  const replace = take.keyword('replace');
  if (!take.peek()) take.missing();
  return { do: 'generator', name, replace, settings: parseSettings(take) };
}

/** Names up to a keyword; null when there are none. */
function someNames(take: Arguments): 'all' | string[] | null {
  const names: string[] = [];
  for (let word = take.peek(); word && !isEvery(word); word = take.peek()) {
    if (names.length === 0 && word.text === 'all') {
      take.word();
      return 'all';
    }
    names.push(take.name());
  }
  return names.length === 0 ? null : names;
}

/** A name may begin like the keyword, but not be it. */
function isEvery(word: ShellWord): boolean {
  return word.text === 'every';
}

function every(take: Arguments): number | null {
  if (!take.peek()) return null;
  choose(take.word(), ['every'], 'option');
  const word = take.word();
  const value = /^[0-9]{1,6}(\.[0-9]{1,6})?$/.test(word.text) ? Number(word.text) : Number.NaN;
  if (value >= 0.1 && value <= LONGEST_EVERY) return value;
  throw new LineFault(
    `every: ${quoted(word.text)} is not a number of seconds from 0.1 to ${LONGEST_EVERY}`,
    word.at,
    word.length,
  );
}

/** A `?` at the end asks what may stand there. */
function helpHere(words: readonly ShellWord[], last: ShellWord): ShellCommand {
  const before = words.slice(0, -1).map((word) => word.text);
  const begun = last.text.slice(0, -1);
  return { do: 'help', topic: begun === '' ? before : [...before, begun] };
}
