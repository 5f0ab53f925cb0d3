import type { ActionInput } from './actions.js';
import { type Arguments, type Grammar, takeArguments } from './arguments.js';
import { plainWords, refuse, type Word } from './words.js';

interface Command extends Grammar {
  readonly actions: (given: Arguments) => ActionInput[];
}

const ANY = 1000;

/** The commands of fbctl (seed 004 §5.2.6) that change the graph. */
const commands: Readonly<Record<string, Command>> = {
  add: {
    usage: 'add NAME TYPE [key=value …]',
    least: 2,
    most: ANY,
    actions: ({ operands: [name, type, ...pairs] }) => {
      const config = options(pairs, (key) =>
        refuse(key, `${key.text}: add wants a value behind "="; leave the option out instead`),
      );
      return [{ do: 'add', name: name.text, type: type.text, config, untyped: true }];
    },
  },
  rm: {
    usage: 'rm NAME [--force|--later]',
    least: 1,
    most: 1,
    flags: ['force', 'later'],
    actions: ({ operands: [name], flags }) => {
      if (flags.size === 2) refuse(name, 'rm takes --force or --later, not both');
      const mode = flags.has('force') ? 'force' : flags.has('later') ? 'later' : 'unused';
      return [{ do: 'rm', name: name.text, mode }];
    },
  },
  set: {
    usage: 'set NAME key=value …',
    least: 2,
    most: ANY,
    actions: ({ operands: [name, ...pairs] }) => [
      { do: 'set', name: name.text, options: options(pairs, () => null), untyped: true },
    ],
  },
  bind: {
    usage: 'bind UPPER LOWER, or bind BLOCK:PORT BLOCK for a single edge',
    least: 2,
    most: 2,
    actions: ({ operands: [a, b] }) => {
      const [from, port] = edgeEnd(a);
      const to = blockName(b);
      return [port === null ? { do: 'bind', upper: from, lower: to } : { do: 'connect', from, port, to }];
    },
  },
  unbind: {
    usage: 'unbind UPPER LOWER, or unbind BLOCK:PORT for a single edge',
    least: 1,
    most: 2,
    actions: ({ operands: [a, b] }) => {
      const [from, port] = edgeEnd(a);
      if (port === null && b) return [{ do: 'unbind', upper: from, lower: blockName(b) }];
      if (port !== null && !b) return [{ do: 'disconnect', from, port }];
      return refuse(b ?? a, 'write unbind UPPER LOWER, or unbind BLOCK:PORT for a single edge');
    },
  },
  subscribe: {
    usage: 'subscribe WHO WHOM',
    least: 2,
    most: 2,
    actions: ({ operands: [who, to] }) => [{ do: 'subscribe', who: who.text, to: to.text }],
  },
  unsubscribe: {
    usage: 'unsubscribe WHO WHOM',
    least: 2,
    most: 2,
    actions: ({ operands: [who, to] }) => [{ do: 'unsubscribe', who: who.text, to: to.text }],
  },
  replace: {
    usage: 'replace OLD NEW [--drop]',
    least: 2,
    most: 2,
    flags: ['drop'],
    actions: ({ operands: [old, next], flags }) => [
      { do: 'replace', old: old.text, new: next.text, drop: flags.has('drop') },
    ],
  },
  insert: {
    usage: 'insert NEW UPPER LOWER',
    least: 3,
    most: 3,
    actions: ({ operands: [next, upper, lower] }) => [
      { do: 'unbind', upper: upper.text, lower: lower.text },
      { do: 'bind', upper: next.text, lower: lower.text },
      { do: 'bind', upper: upper.text, lower: next.text },
    ],
  },
  notify: {
    usage: 'notify NAME EVENT [JSON]',
    least: 2,
    most: 3,
    actions: ({ operands: [name, event, payload] }) => [
      { do: 'notify', from: name.text, event: event.text, ...(payload ? { payload: json(payload) } : {}) },
    ],
  },
};

/** Words of one command, such as `bind fb2 eth0`, as actions. Throws QuipuError bad-request. */
export function parseFbctl(words: readonly string[]): ActionInput[] {
  return fbctlActions(plainWords(words));
}

/** As `parseFbctl`, for words that know where they stand. */
export function fbctlActions(words: readonly Word[]): ActionInput[] {
  const [command, ...rest] = words;
  const known = Object.keys(commands).join(', ');
  if (!command) refuse(command, `no command given; there are ${known}`);
  if (!Object.hasOwn(commands, command.text)) {
    refuse(command, `${JSON.stringify(clip(command.text))} is no command; there are ${known}`);
  }
  const grammar = commands[command.text];
  return grammar.actions(takeArguments(command, rest, grammar));
}

function options(pairs: readonly Word[], empty: (key: Word) => null): Record<string, unknown> {
  const entries = new Map<string, string | null>();
  for (const pair of pairs) {
    const sign = pair.text.indexOf('=');
    if (sign < 1) refuse(pair, `${JSON.stringify(clip(pair.text))} is no option; write key=value`);
    const key = pair.text.slice(0, sign);
    const value = pair.text.slice(sign + 1);
    if (entries.has(key)) refuse(pair, `${key} is given twice; give it once`);
    entries.set(key, value === '' ? empty({ text: key, at: pair.at }) : value);
  }
  return Object.fromEntries(entries);
}

function edgeEnd(word: Word): [block: string, port: string | null] {
  const colon = word.text.indexOf(':');
  if (colon < 0) return [word.text, null];
  const [block, port] = [word.text.slice(0, colon), word.text.slice(colon + 1)];
  if (block === '' || port === '')
    refuse(word, `${JSON.stringify(word.text)}: write BLOCK:PORT, such as fb2:ingress1`);
  return [block, port];
}

function blockName(word: Word): string {
  if (!word.text.includes(':')) return word.text;
  return refuse(
    word,
    `${JSON.stringify(clip(word.text))}: an edge leads to a block, not to a port of it; leave the port away`,
  );
}

function json(word: Word): unknown {
  try {
    return JSON.parse(word.text) as unknown;
  } catch {
    return refuse(
      word,
      `the payload ${JSON.stringify(clip(word.text))} is not JSON; texts need double quotes`,
    );
  }
}

function clip(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
