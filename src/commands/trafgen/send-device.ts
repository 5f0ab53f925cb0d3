import { QuipuError } from '../../contract/error.js';
import type { Generator, GeneratorFigures, GeneratorPlan } from '../../generator/generator.js';
import { startGenerator } from '../../generator/start.js';
import { moveInterrupts } from '../../linux/irq-affinity.js';
import { interruption, pause, wasInterrupted } from '../shared/interrupt.js';
import type { Source } from '../shared/source.js';
import { warningLine } from '../shared/warning.js';
import { becomeUser } from './become-user.js';
import { liveLine, totalsText } from './figures-text.js';
import { relocated } from './packet-input.js';
import type { SendOptions } from './send-options.js';

/** Between two live lines, in milliseconds. */
const SECOND = 1000;
/** Clears the rest of a terminal's line. */
const CLEAR = '\u001b[K';

/** Sends until all is sent or Ctrl-C, with a line a second, and tells the totals. Throws QuipuError. */
export async function sendToDevice(
  plan: GeneratorPlan,
  text: Source | null,
  options: SendOptions,
): Promise<void> {
  const signal = interruption();
  const giveBack = interruptsTo(plan, options);
  process.once('exit', giveBack); // whoever reads our output may end us: see shared/run.ts
  try {
    const generator = await started(plan, text, options);
    signal.addEventListener('abort', () => void generator.stop().catch(() => {}), { once: true });
    if (signal.aborted) void generator.stop().catch(() => {});
    await follow(generator, plan, options);
  } finally {
    process.off('exit', giveBack);
    giveBack();
  }
}

async function started(
  plan: GeneratorPlan,
  text: Source | null,
  { user, group }: SendOptions,
): Promise<Generator> {
  try {
    return await startGenerator(plan, () => becomeUser(user, group));
  } catch (error) {
    throw relocated(error, text);
  }
}

/** Shows how it goes until it has ended, and the totals also when it has failed. */
async function follow(generator: Generator, { device }: GeneratorPlan, options: SendOptions): Promise<void> {
  const ended = new AbortController();
  const showing = show(generator, device, options, ended.signal);
  let failure: unknown;
  let figures: GeneratorFigures;
  try {
    figures = await generator.finished;
  } catch (error) {
    failure = error;
    figures = generator.figures();
  }
  ended.abort();
  await showing;
  if (options.json) process.stdout.write(jsonLine(figures, device, true));
  else process.stdout.write(totalsText(figures, options.verbose === true));
  if (failure !== undefined) throw failure;
  const refused = Object.entries(figures.refused);
  if (refused.length > 0 && !wasInterrupted()) {
    const list = refused.map(([name, times]) => `${times} frames with ${name}`).join(', ');
    throw new QuipuError('link-failed', `${device} refused ${list}: has its MTU changed?`);
  }
}

async function show(
  generator: Generator,
  device: string,
  options: SendOptions,
  end: AbortSignal,
): Promise<void> {
  const isLive = process.stderr.isTTY && !options.json;
  if (!isLive && !options.json) return;
  let before = generator.figures();
  while (await pause(SECOND, end)) {
    const now = generator.figures();
    if (options.json) process.stdout.write(jsonLine(now, device, false));
    else process.stderr.write(`\r${liveLine(now, before)}${CLEAR}`);
    before = now;
  }
  if (isLive) process.stderr.write(`\r${CLEAR}`);
}

function jsonLine(figures: GeneratorFigures, device: string, done: boolean): string {
  return `${JSON.stringify({ device, done, interrupted: wasInterrupted(), ...figures })}\n`;
}

/** Moves the device's interrupts to the CPUs of the workers; the answer moves them back. */
function interruptsTo({ device, cpus }: GeneratorPlan, options: SendOptions): () => void {
  if (cpus === undefined || options.notouchIrq) return () => {};
  if (options.user !== undefined || options.group !== undefined) {
    if (options.verbose) process.stderr.write('interrupts stay: another user could not move them back\n');
    return () => {};
  }
  const { moved, refused, giveBack } = moveInterrupts(device, cpus);
  for (const { irq, cpu } of moved) {
    if (options.verbose) process.stderr.write(`interrupt ${irq} of ${device} goes to CPU ${cpu}\n`);
  }
  for (const irq of refused) {
    process.stderr.write(warningLine(`interrupt ${irq} of ${device} stays where it is: the kernel refused`));
  }
  return giveBack;
}
