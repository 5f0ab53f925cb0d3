import { lossOf, offeredRate } from '../../../traffic/rfc2544/verdict.js';
import type { Trial } from './tester.js';

/** Says what has been done, as it is done. */
export type Progress = (line: string) => void;

/** Lines on stderr for who looks on, at a terminal or because `--verbose` asks for them; else nothing. */
export function progressOn(stream: NodeJS.WriteStream, verbose: boolean): Progress {
  return stream.isTTY || verbose ? (line) => void stream.write(`${line}\n`) : () => {};
}

/** `64 bytes, throughput: 120000 frames/s offered, 240000 sent, 0 lost`. */
export function trialLine(size: number, test: string, trial: Trial): string {
  const { sent, received, duplicated, reordered, sinkLost } = trial;
  const loss = lossOf(trial);
  const percent = loss > 0 ? ` (${(loss * 100).toPrecision(2)} %)` : '';
  const more = [
    duplicated > 0 ? `, ${duplicated} duplicated` : '',
    reordered > 0 ? `, ${reordered} reordered` : '',
    sinkLost > 0 ? `; not valid: ${sinkLost} lost at the receiving socket` : '',
  ].join('');
  const rate = Math.round(offeredRate(trial));
  return `${size} bytes, ${test}: ${rate} frames/s offered, ${sent} sent, ${Math.max(0, sent - received)} lost${percent}${more}`;
}
