import {
  type Completed,
  nextWords,
  orderWords,
  type Syntax,
  settingWords,
  switchWords,
  syntaxes,
  wayWords,
} from './grammar.js';
import { fitting } from './words.js';

/** Names that exist. */
export type Known = Readonly<Record<Exclude<Completed, 'command'>, readonly string[]>>;

/** What may stand where a line ends: words that begin with its last, unfinished one, which is answered too. */
export function completions(line: string, known: Known): [string[], string] {
  const words = line.split(/\s+/).filter((word, i) => i > 0 || word !== '');
  const begun = words.pop() ?? '';
  const options = optionsBehind(words, known);
  return [options.filter((option) => option.startsWith(begun)).map((option) => `${option} `), begun];
}

function optionsBehind(words: readonly string[], known: Known): readonly string[] {
  const command: string[] = [];
  for (;;) {
    const options = nextWords(command);
    if (options.length === 0) break;
    if (command.length === words.length) return options;
    const fits = fitting(words[command.length], options);
    if (fits.length !== 1) return [];
    command.push(fits[0]);
  }
  const syntax = syntaxes.find((one) => one.words.join(' ') === command.join(' '));
  return syntax ? argumentsOf(syntax, words.slice(command.length), known) : [];
}

function argumentsOf(syntax: Syntax, before: readonly string[], known: Known): readonly string[] {
  const { names, many = false, keywords = [] } = syntax;
  const [command] = syntax.words;
  if (names === undefined) return [];
  if (names === 'command') return nextWords(before);
  if (before.length === 0) return many ? [...known[names], ...keywords] : known[names];
  if (command === 'packet') return before.length === 1 ? ['{', 'replace', 'file'] : [];
  if (command === 'generator') return settingOptions(before.slice(1), known);
  if (before.at(-1) === 'every') return [];
  const rest = keywords.filter((keyword) => keyword !== 'all' && !before.includes(keyword));
  return many ? [...known[names].filter((name) => !before.includes(name)), ...rest] : rest;
}

/** Keywords and values of `generator` by turns. */
function settingOptions(before: readonly string[], known: Known): readonly string[] {
  const words = 'replace' === before[0] ? before.slice(1) : before;
  if (words.length % 2 === 0) {
    const used = new Set(words.filter((_, i) => i % 2 === 0));
    const free = settingWords.filter((word) => !used.has(word));
    return before.length === 0 ? ['replace', ...free] : free;
  }
  const [keyword] = fitting(words[words.length - 1], settingWords);
  if (keyword === 'packet') return known.packet;
  if (keyword === 'device') return known.device;
  if (keyword === 'way') return wayWords;
  if (keyword === 'order') return orderWords;
  if (keyword === 'qdisc') return switchWords;
  if (keyword === 'cpu' || keyword === 'seed') return ['any'];
  return keyword === 'rate' ? ['full'] : [];
}
