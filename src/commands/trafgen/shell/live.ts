import type { DeviceRow, GeneratorView } from '../../../control/generator-words.js';
import { pause } from '../../shared/interrupt.js';
import { answer, ask, type Shell } from './shell.js';
import { deviceText, statisticsText } from './texts.js';

interface Look {
  readonly value: unknown;
  readonly text: string;
  /** There is nothing more to come. */
  readonly last: boolean;
}

/** Statistics again and again, until the user has seen enough or nothing runs any more. */
export async function watchGenerators(
  shell: Shell,
  names: 'all' | readonly string[],
  every: number,
): Promise<void> {
  const asked = names === 'all' ? names : [...names];
  let before: GeneratorView[] = [];
  await watch(shell, every, async () => {
    const views = await ask<GeneratorView[]>(shell, { op: 'generators', names: asked });
    const text = statisticsText(views, before);
    before = views;
    const last = !views.some(({ state }) => ['starting', 'running', 'stopping'].includes(state));
    return { value: views, text, last };
  });
}

/** A device's counters again and again, until the user has seen enough. */
export async function watchDevice(shell: Shell, name: string, every: number): Promise<void> {
  let before: { readonly row: DeviceRow; readonly at: number } | null = null;
  await watch(shell, every, async () => {
    const row = await ask<DeviceRow>(shell, { op: 'device', name });
    const at = performance.now();
    const text = before ? deviceText(row, before.row, (at - before.at) / 1000) : deviceText(row);
    before = { row, at };
    return { value: row, text, last: false };
  });
}

async function watch(shell: Shell, every: number, look: () => Promise<Look>): Promise<void> {
  const end = shell.viewing();
  let shown = 0;
  for (;;) {
    const { value, text, last } = await look();
    const columns = shell.json ? null : shell.columns();
    const back = columns !== null && shown > 0 ? `\u001b[${shown}A\u001b[J` : '';
    await answer(shell, value, back + (columns === null ? text : cut(text, columns)));
    shown = text.split('\n').length - 1;
    if (last || !(await pause(every * 1000, end))) return;
  }
}

/** Lines that wrap would make a view longer than it thinks. */
function cut(text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => line.slice(0, columns))
    .join('\n');
}
