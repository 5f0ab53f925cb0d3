import type { Refusal } from '../../linux/tracing/plan.js';
import type { KernelFrame, KernelStack } from '../../linux/tracing/stack-text.js';
import type { WayState } from '../../linux/tracing/survey.js';
import type { Armed, Way } from '../../linux/tracing/way.js';
import { printable } from '../shared/printable.js';
import { plain, type Style } from '../shared/style.js';

/** Calls on top of a stack that belong to the tracing itself: the function that the kernel makes for each tracepoint. */
const TRACING = /^(trace_event_raw_event_|perf_trace_|trace_event_buffer_|kprobe_)/;

/** A stack as the seed's module prints it (004 D.4). `symbol`: as it was asked for. */
export function stackText(
  symbol: string,
  armed: Pick<Armed, 'way' | 'name'>,
  stack: KernelStack,
  style: Style = plain,
): string {
  const time = `[${stack.time.toFixed(6).padStart(12)}]`;
  const lines = [
    style.bold(`otst: triggered stacktrace for symbol ${symbol} ${byWay(armed)}`),
    `Pid: ${stack.pid}, comm: ${printable(stack.task)}, cpu: ${stack.cpu}`,
    'Call Trace:',
    ...stack.frames.map((frame, i) => callLine(frame, isTracing(stack, i), style)),
  ];
  return lines.map((line) => `${time} ${line}\n`).join('');
}

/** A symbol that is armed, and the ways by which it could not be. */
export interface ArmedSymbol {
  readonly symbol: string;
  readonly armed: Armed;
  readonly refusals: readonly Refusal[];
}

/** How it was traced: `by kprobe`, `by tracepoint net:netif_rx`. */
export function byWay({ way, name }: Pick<Armed, 'way' | 'name'>): string {
  return way === 'tracepoint' ? `by tracepoint ${name}` : `by ${way}`;
}

function isTracing({ frames }: KernelStack, index: number): boolean {
  return frames.slice(0, index + 1).every(({ symbol }) => TRACING.test(symbol));
}

function callLine(frame: KernelFrame, isTracing: boolean, style: Style): string {
  const text = `  ${frameText(frame)}`;
  return isTracing ? style.dim(text) : text;
}

/** `netif_rx+0x1f/0x120 [module]`. */
export function frameText({ symbol, offset, size, module }: KernelFrame): string {
  const place = offset === undefined ? '' : `+0x${offset.toString(16)}/0x${(size ?? 0).toString(16)}`;
  return `${symbol}${place}${module === undefined ? '' : ` [${module}]`}`;
}

/** Said when something is armed: the way, and why none that knows more was taken. */
export function armedText({ symbol, armed, refusals }: ArmedSymbol): string {
  const before = refusals.filter(({ way }) => way !== armed.way);
  const why = before.map(({ way, why }) => `otst:   not by ${way}: ${why}\n`).join('');
  return `otst: symbol ${symbol} registered ${byWay(armed)}\n${why}`;
}

/** Why no way leads to a symbol, way by way, and what may be taken instead. */
export function refusedText(
  symbol: string,
  refusals: readonly Refusal[],
  kernel: { readonly release: string; readonly lockdown: string; readonly near: readonly string[] },
): string {
  const { release, lockdown, near } = kernel;
  return [
    `this kernel (Linux ${release}) gives no stack trace of ${symbol}:`,
    ...refusals.map(({ way, why }) => `  ${way}: ${why}`),
    ...(isLocked(lockdown) ? [`  ${lockdownText(lockdown)}`] : []),
    ...(near.length > 0 ? [`tracepoints near it, which can be traced: ${near.join(', ')}`] : []),
  ].join('\n');
}

/** The ways of this kernel, a line for each. */
export function waysText(states: readonly WayState[], lockdown: string, style: Style = plain): string {
  const lines = states.map(
    ({ way, allowed, detail }) => `${allowed ? style.good('✓') : style.bad('✗')} ${way}: ${detail}\n`,
  );
  return `${lines.join('')}${isLocked(lockdown) ? `${lockdownText(lockdown)}\n` : ''}`;
}

function isLocked(lockdown: string): boolean {
  return lockdown !== '' && lockdown !== 'none';
}

function lockdownText(mode: string): string {
  return `the kernel is locked down (${mode}, see kernel_lockdown(7)), which can be why it does not permit something to root`;
}

/** What a stack is in JSON: one object for a line. */
export function stackJson(
  symbol: string,
  armed: { readonly way: Way; readonly name: string },
  stack: KernelStack,
): string {
  return JSON.stringify({ kind: 'kernel', symbol, way: armed.way, target: armed.name, ...stack });
}
