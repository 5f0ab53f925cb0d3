import { release } from 'node:os';
import { QuipuError } from '../../contract/error.js';
import { nearest } from '../../engine/nearest.js';
import { Follower } from '../../linux/tracing/arm.js';
import { attempt } from '../../linux/tracing/attempt.js';
import type { TraceDirectory } from '../../linux/tracing/directory.js';
import { nearEvents } from '../../linux/tracing/events.js';
import { ownerName } from '../../linux/tracing/instances.js';
import { type KernelKnowledge, kernelKnowledge } from '../../linux/tracing/knowledge.js';
import { planFor } from '../../linux/tracing/plan.js';
import { lockdown, openTracefs } from '../../linux/tracing/tracefs.js';
import type { Armed } from '../../linux/tracing/way.js';
import { pause } from '../shared/interrupt.js';
import { writeOut } from '../shared/stream.js';
import { styleFor } from '../shared/style.js';
import { disarmAll } from './disarm.js';
import { type ArmedSymbol, armedText, byWay, refusedText, stackJson, stackText } from './kernel-text.js';
import type { StackOptions } from './stack.js';

/** Between two looks at what has been traced. The kernel notes the time itself. */
const LOOK_MS = 25;

/** A terminal that is closed, and Ctrl-\, end it in order too. */
const LIKE_CTRL_C = ['SIGHUP', 'SIGQUIT'] as const;

interface Waiting {
  readonly symbol: string;
  readonly armed: Armed;
  readonly follower: Follower;
  left: number;
}

/**
 * Arms kernel symbols, prints each stack as it comes, and disarms them, also when `signal` ends it early. With `--arm`,
 * leaves them armed. Throws QuipuError; nothing is armed then.
 */
export async function kernelStacks(
  symbols: readonly string[],
  options: StackOptions,
  signal: AbortSignal,
): Promise<void> {
  const tracefs = openTracefs(options.tracefs);
  const end = () => process.kill(process.pid, 'SIGTERM');
  for (const like of LIKE_CTRL_C) process.once(like, end);
  try {
    if (options.arm) leaveArmed(tracefs.directory, symbols, options);
    else await waitFor(tracefs.directory, symbols, options, signal);
  } finally {
    for (const like of LIKE_CTRL_C) process.off(like, end);
    tracefs.close();
  }
}

function leaveArmed(directory: TraceDirectory, symbols: readonly string[], options: StackOptions): void {
  const all = armAll(directory, symbols, options, '');
  const armed = all.map(({ symbol, armed, refusals }) => ({
    symbol,
    way: armed.way,
    target: armed.name,
    refusals,
  }));
  process.stdout.write(options.json ? `${JSON.stringify({ armed })}\n` : all.map(armedText).join(''));
}

async function waitFor(
  directory: TraceDirectory,
  symbols: readonly string[],
  options: StackOptions,
  signal: AbortSignal,
): Promise<void> {
  const { number: wanted = 1, timeout = Number.POSITIVE_INFINITY } = options;
  const all = armAll(directory, symbols, options, ownerName(process.pid));
  const waiting: Waiting[] = [];
  const disarm = () => {
    for (const { follower } of waiting.splice(0)) follower.close();
    disarmAll(
      directory,
      all.map(({ armed }) => armed),
    );
  };
  // Output that nobody reads any more, or that finds no room, ends the process from within a write.
  process.once('exit', disarm);
  try {
    if (!options.json) process.stderr.write(all.map(armedText).join(''));
    for (const { symbol, armed } of all)
      waiting.push({ symbol, armed, follower: new Follower(directory, armed), left: wanted });
    const end = performance.now() + timeout * 1000;
    for (let printed = 0; ; ) {
      // The clock is read first: what came in time counts, however late this process gets to look.
      const isOver = performance.now() >= end;
      for (const one of waiting) {
        for (const stack of one.follower.take().slice(0, one.left)) {
          one.left--;
          const text = options.json
            ? `${stackJson(one.symbol, one.armed, stack)}\n`
            : stackText(one.symbol, one.armed, stack, styleFor(process.stdout, process.env));
          await writeOut(printed++ > 0 && !options.json ? `\n${text}` : text);
        }
      }
      const missing = waiting.filter(({ left }) => left > 0);
      if (missing.length === 0) return;
      if (isOver) throw tooLate(missing, wanted, timeout);
      if (!(await pause(LOOK_MS, signal))) return;
    }
  } finally {
    process.off('exit', disarm);
    disarm();
    if (!options.json)
      process.stderr.write(all.map(({ symbol }) => `otst: symbol ${symbol} unregistered\n`).join(''));
  }
}

function tooLate(missing: readonly Waiting[], wanted: number, timeout: number): QuipuError {
  const texts = missing.map(({ symbol, armed, left }) => {
    const what = armed.way === 'tracepoint' ? `tracepoint ${armed.name}` : symbol;
    return wanted === 1
      ? `${what} was not reached within ${timeout} s`
      : `${what} was reached ${wanted - left} times within ${timeout} s, not ${wanted}`;
  });
  return new QuipuError('limit', texts.join('\n'));
}

/** Arms all or none. */
function armAll(
  directory: TraceDirectory,
  symbols: readonly string[],
  options: StackOptions,
  owner: string,
): ArmedSymbol[] {
  const known = kernelKnowledge(directory);
  const done: ArmedSymbol[] = [];
  try {
    for (const symbol of symbols) done.push(armOne(directory, symbol, known, options, owner));
    return done;
  } catch (error) {
    disarmAll(
      directory,
      done.map(({ armed }) => armed),
    );
    throw error;
  }
}

function armOne(
  directory: TraceDirectory,
  symbol: string,
  known: KernelKnowledge,
  { way, number = 1 }: StackOptions,
  owner: string,
): ArmedSymbol {
  const plan = planFor(symbol, way, known);
  if (plan === null) throw unknown(symbol, known.names());
  const { armed, standing, refusals } = attempt(directory, plan, number, owner);
  if (armed !== null) return { symbol, armed, refusals };
  if (standing !== null) throw twice(symbol, standing);
  const near = nearEvents(symbol, known.events);
  const kernel = { release: release(), lockdown: lockdown(), near };
  throw new QuipuError('no-support', refusedText(symbol, refusals, kernel));
}

/** It is there already: named twice, or left armed before. */
function twice(symbol: string, standing: Armed): QuipuError {
  const what = `${symbol} is armed already, ${byWay(standing)}`;
  if (standing.owner !== '') return new QuipuError('bad-request', `${what}: leave one of the two names away`);
  const advice = `"otst show ${symbol}" prints what it has caught, "otst rm ${symbol}" disarms it`;
  return new QuipuError('in-use', `${what}: ${advice}`);
}

/** Names that somebody may have meant. */
function unknown(symbol: string, names: readonly string[]): QuipuError {
  const short = symbol.replace(/^.*[:/]/, '');
  const close = nearest(short, names);
  const longer = short.length < 4 ? [] : names.filter((name) => name.includes(short));
  const near = [...new Set([...(close === null ? [] : [close]), ...longer])].slice(0, 5);
  const advice = near.length > 0 ? `; near it: ${near.join(', ')}` : '; /proc/kallsyms lists those there are';
  return new QuipuError(
    'unknown-name',
    `the kernel knows no function or tracepoint ${symbol}, and no running daemon has a block of this name${advice}`,
  );
}
