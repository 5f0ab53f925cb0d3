import type { GeneratorFigures } from '../../generator/generator.js';
import { table } from '../shared/table.js';

/** `3 s  801,641 pps  384.8 Mbit/s  2,404,923 frames  144,295,380 bytes`: the rates are those since `before`. */
export function liveLine(now: GeneratorFigures, before: GeneratorFigures): string {
  const seconds = Math.max(1e-6, (now.micros - before.micros) / 1e6);
  const rate = (now.frames - before.frames) / seconds;
  const bits = ((now.bytes - before.bytes) * 8) / seconds;
  const time = `${Math.round(now.micros / 1e6)} s`;
  const waits = now.waits > before.waits ? `  device full ${whole(now.waits - before.waits)} times` : '';
  return `${time}  ${whole(rate)} pps  ${bitRate(bits)}  ${whole(now.frames)} frames  ${whole(now.bytes)} bytes${waits}`;
}

/** What was done in all. Totals are written without separators: programs may read them. */
export function totalsText(figures: GeneratorFigures, verbose: boolean): string {
  const { frames, bytes, micros, workers, waits, seed } = figures;
  const refused = Object.entries(figures.refused).map(
    ([name, times]) => `${times} frames refused: ${name}\n`,
  );
  // Between n frames lie n - 1 gaps.
  const rate = frames > 1 && micros > 0 ? ((frames - 1) / micros) * 1e6 : 0;
  const rates = rate > 0 ? `: ${whole(rate)} pps, ${bitRate((rate * bytes * 8) / frames)}` : '';
  const head = `${frames} frames, ${bytes} bytes in ${(micros / 1e6).toFixed(6)} s${rates}\n`;
  const more = workers.length > 1 || verbose ? workersText(workers) : '';
  const tail = verbose ? `device full ${waits} times, seed ${seed}\n` : '';
  return head + refused.join('') + more + tail;
}

function workersText(workers: GeneratorFigures['workers']): string {
  const rows = workers.map(({ cpu, way, frames, bytes }, i) => [
    `${i}`,
    cpu === null ? 'any' : `${cpu}`,
    way,
    `${frames}`,
    `${bytes}`,
  ]);
  const head = ['WORKER', 'CPU', 'WAY', 'FRAMES', 'BYTES'];
  return table([head, ...rows], ['right', 'right', 'left', 'right', 'right']);
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

function bitRate(bits: number): string {
  if (bits >= 1e9) return `${(bits / 1e9).toFixed(2)} Gbit/s`;
  if (bits >= 1e6) return `${(bits / 1e6).toFixed(1)} Mbit/s`;
  return `${(bits / 1e3).toFixed(1)} kbit/s`;
}
