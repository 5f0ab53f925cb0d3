import { nearest } from '../../../engine/nearest.js';
import { choose, fitting, LineFault, quoted, type ShellWord } from './words.js';

/** Words whose values the shell can complete. */
export type Completed = 'packet' | 'generator' | 'device' | 'command';

/** A command: its fixed words, and what help says of it. */
export interface Syntax {
  readonly words: readonly string[];
  readonly usage: string;
  /** Instead of a long usage, in the list of all commands. */
  readonly brief?: string;
  readonly summary: string;
  readonly more?: string;
  /** What the first argument names, and whether more of its kind may follow. */
  readonly names?: Completed;
  readonly many?: boolean;
  /** Words that may stand behind or instead of names. */
  readonly keywords?: readonly string[];
}

/** Keywords of `generator`, in the order in which help tells them. */
export const settingWords = [
  'packet',
  'device',
  'rate',
  'gap',
  'count',
  'cpu',
  'seed',
  'way',
  'order',
  'qdisc',
] as const;
export type SettingWord = (typeof settingWords)[number];

export const wayWords = ['auto', 'xdp', 'packet'] as const;
export const orderWords = ['written', 'random'] as const;
export const switchWords = ['off', 'on'] as const;

/** All commands, in the order in which help lists them. */
export const syntaxes: readonly Syntax[] = [
  {
    words: ['packet'],
    usage: 'packet NAME [replace] { … } | <<END | file PATH [cpp]',
    brief: 'packet NAME …',
    summary: 'describe a packet, or several, under a name',
    names: 'packet',
    more: `The text is trafgen's packet language. In braces it may go over several lines, until they close; behind
<<END it goes on to a line END; "file" takes it from a file, "cpp" through the C preprocessor.
  packet syn { eth(da=02:00:00:00:00:02), ipv4(da=10.0.0.2), tcp(dp=80, syn) }`,
  },
  {
    words: ['generator'],
    usage: 'generator NAME [replace] packet P device D [rate R | gap T] [count N] …',
    brief: 'generator NAME …',
    summary: 'say what a generator sends, where to and how fast',
    names: 'generator',
    more: `Without "packet" it changes what is named of one that there is.
  packet P      what to send
  device D      where to
  rate R        20kpps, 1.5Mpps, 100Mbit, 12MB (bytes a second), full (default)
  gap T         instead of a rate, from one packet to the next: 50us, 1.5ms
  count N       frames in all; 0: until stopped (default)
  cpu LIST      one worker for each, on that CPU: 0,2-3; any (default): one worker
  seed S        the same seed sends the same frames; any (default)
  way W         auto (default), xdp, packet
  order O       written (default), random
  qdisc Q       off (default), on: through the device's queueing discipline
  generator g1 packet syn device eth0 rate 20kpps count 1M
  generator g1 rate 40kpps`,
  },
  {
    words: ['no', 'packet'],
    usage: 'no packet NAME',
    summary: 'forget a packet that no generator sends',
    names: 'packet',
  },
  {
    words: ['no', 'generator'],
    usage: 'no generator NAME',
    summary: 'forget a generator that does not run',
    names: 'generator',
  },
  {
    words: ['start'],
    usage: 'start NAME … | all',
    summary: 'let generators send',
    names: 'generator',
    many: true,
    keywords: ['all'],
  },
  {
    words: ['stop'],
    usage: 'stop NAME … | all',
    summary: 'stop generators, and tell their exact totals',
    names: 'generator',
    many: true,
    keywords: ['all'],
  },
  {
    words: ['statistics'],
    usage: 'statistics [NAME …] [every SECONDS]',
    brief: 'statistics [NAME …] …',
    summary: 'what generators have sent, also live',
    more: 'With "every" it looks again and again, until Enter, Ctrl-C or the end of the last generator.',
    names: 'generator',
    many: true,
    keywords: ['every'],
  },
  {
    words: ['device'],
    usage: 'device NAME [every SECONDS]',
    brief: 'device NAME …',
    summary: "a device's state and counters, also live",
    more: 'The counters are the kernel\'s. With "every" it looks again and again, until Enter or Ctrl-C.',
    names: 'device',
    keywords: ['every'],
  },
  {
    words: ['show', 'packets'],
    usage: 'show packets [NAME]',
    summary: 'all packets, or the text of one',
    names: 'packet',
  },
  {
    words: ['show', 'generators'],
    usage: 'show generators [NAME]',
    summary: 'all generators, or everything about one',
    names: 'generator',
  },
  {
    words: ['show', 'devices'],
    usage: 'show devices',
    summary: "network devices of the daemon's namespace",
  },
  { words: ['show', 'users'], usage: 'show users', summary: 'shells that are connected' },
  {
    words: ['show', 'configuration'],
    usage: 'show configuration',
    summary: 'all of it, as commands that make it again',
  },
  { words: ['log'], usage: 'log [LINES]', summary: "the daemon's last log lines (default: 20)" },
  { words: ['save'], usage: 'save FILE', summary: 'write the configuration to a file' },
  {
    words: ['load'],
    usage: 'load FILE',
    summary: 'run the commands of a file, up to the first error',
  },
  {
    words: ['help'],
    usage: 'help [COMMAND]',
    summary: 'this list, or more about a command',
    more: 'A "?" at a line\'s end does the same.',
    names: 'command',
  },
  {
    words: ['exit'],
    usage: 'exit',
    summary: 'leave; generators go on: they are the daemon’s',
  },
  { words: ['quit'], usage: 'quit', summary: 'leave' },
];

/** Words that may follow at a level of commands, once the earlier ones are known. */
export function nextWords(known: readonly string[]): string[] {
  const fits = syntaxes.filter((one) => known.every((word, i) => one.words[i] === word));
  return [...new Set(fits.flatMap((one) => one.words.slice(known.length, known.length + 1)))];
}

/** The command that words mean, and its arguments. Throws LineFault when there is none, or more than one. */
export function resolveCommand(words: readonly ShellWord[]): { syntax: Syntax; rest: readonly ShellWord[] } {
  const known: string[] = [];
  for (;;) {
    const options = nextWords(known);
    if (options.length === 0) break;
    const word = words[known.length];
    if (word === undefined) {
      const last = words[known.length - 1];
      throw new LineFault(`"${known.join(' ')}" wants one of ${options.join(', ')}`, last.at, last.length);
    }
    if (fitting(word.text, options).length === 0) throw unknown(word, known, options);
    known.push(choose(word, options, 'command'));
  }
  const syntax = syntaxes.find((one) => one.words.join(' ') === known.join(' '));
  if (!syntax) throw new LineFault(`no command "${known.join(' ')}"`, words[0].at);
  return { syntax, rest: words.slice(known.length) };
}

function unknown(word: ShellWord, known: readonly string[], options: readonly string[]): LineFault {
  const near = nearest(word.text, options);
  const list = known.length === 0 ? '"help" lists them' : `there are ${options.join(', ')}`;
  const advice = near === null ? list : `did you mean "${near}"?`;
  const command = [...known, word.text].join(' ');
  return new LineFault(`no command ${quoted(command)}; ${advice}`, word.at, word.length);
}
