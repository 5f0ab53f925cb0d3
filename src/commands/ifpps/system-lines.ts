import { perSecond } from './counting.js';
import { rateText, wholeText } from './figures.js';
import { type Line, type Picture, plainLine } from './picture.js';

/** Context switches and processes. */
export function processLine({ reading }: Picture, width: number): Line {
  const { sample, contextSwitches, elapsedMs } = reading;
  const rate =
    contextSwitches === null || elapsedMs === null ? '-' : rateText(perSecond(contextSwitches, elapsedMs), 8);
  const states = `${sample.stat.running} running   ${sample.stat.blocked} waiting for I/O`;
  const long = `SYS   ${rate} context switches/s   ${sample.processes} processes   ${states}`;
  const short = `SYS   ${rate} cs/s   ${sample.processes} procs   ${states}`;
  return plainLine(long.length <= width ? long : short);
}

/** Memory that could not be had without swapping, and swap, in MiB. */
export function memoryLine({ reading }: Picture): Line {
  const { total, available, swapTotal, swapFree } = reading.sample.memory;
  const used = Math.max(0, total - available);
  const share = total === 0 ? 0 : (100 * used) / total;
  const swap = swapTotal === 0 ? 'no swap' : `swap ${mebi(swapTotal - swapFree)} of ${mebi(swapTotal)} MiB`;
  return plainLine(`MEM   ${share.toFixed(1)} % used: ${mebi(used)} of ${mebi(total)} MiB   ${swap}`);
}

function mebi(kibi: number): string {
  return wholeText(kibi / 1024, 8);
}
