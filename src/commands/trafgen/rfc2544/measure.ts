import type { Report, SizeReport } from '../../../traffic/rfc2544/report.js';
import { bytesOfSize, lineRate } from '../../../traffic/rfc2544/sizes.js';
import { type Devices, deviceDrops } from './devices.js';
import {
  fastestRate,
  measureBackToBack,
  measureLatency,
  measureLoss,
  measureThroughput,
} from './measurements.js';
import type { Progress } from './progress.js';
import type { Settings } from './settings.js';
import { Interrupted, Tester } from './tester.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

export interface Outcome {
  readonly report: Report;
  /** What ended it before its time: a device that went down, say. */
  readonly failure: unknown;
}

/**
 * Makes all tests with all sizes. After Ctrl-C, and when something fails, it answers what was measured until then. `run`
 * tells its frames from those of others. Throws QuipuError when it cannot begin.
 */
export async function measure(
  settings: Settings,
  devices: Devices,
  run: number,
  progress: Progress,
): Promise<Outcome> {
  const sizes: Writable<SizeReport>[] = [];
  const warnings: string[] = [];
  const dropsBefore = deviceDrops(settings);
  const tester = await Tester.open(settings, run);
  let failure: unknown;
  try {
    for (const size of settings.sizes) await measureSize(size);
  } catch (error) {
    failure = error;
  } finally {
    await tester.close();
  }
  const drops = deviceDrops(settings);
  if (drops.out > dropsBefore.out) {
    warnings.push(
      `device ${settings.from} dropped ${drops.out - dropsBefore.out} frames on the way out (tx_dropped): what it did not send again counts as lost`,
    );
  }
  if (drops.in > dropsBefore.in) {
    warnings.push(
      `device ${settings.to} dropped ${drops.in - dropsBefore.in} frames on the way in (rx_dropped): they count as lost although they arrived`,
    );
  }
  const { from, to, tests, trial, burst, settle, rest, allowedLoss, resolution, lossStep, tries, repeat } =
    settings;
  const report: Report = {
    from,
    to,
    linkSpeed: devices.linkSpeed,
    linkIsNominal: devices.isNominal,
    options: { tests, trial, burst, settle, rest, allowedLoss, resolution, lossStep, tries, repeat },
    sizes,
    interrupted: failure !== undefined,
    frames: tester.frames,
    warnings,
  };
  return { report, failure: failure instanceof Interrupted ? undefined : failure };

  async function measureSize(size: number): Promise<void> {
    await tester.check(size);
    const line = devices.linkSpeed === null ? null : lineRate(size, devices.linkSpeed);
    // Who names a highest rate does not want to see a higher one, not even to find out whether there is one.
    const isAsked = settings.maxRate !== undefined;
    const most = settings.maxRate ?? (await fastestRate({ tester, settings, progress, size }));
    const isLine = line !== null && line <= most;
    const highestRate = Math.max(1, isLine ? line : most);
    const report: Writable<SizeReport> = {
      size,
      bytes: bytesOfSize(size),
      lineRate: line,
      highestRate,
      highestBecause: isLine ? 'line' : isAsked ? 'max-rate' : 'generator',
    };
    sizes.push(report);
    const subject = { tester, settings, progress, size, highestRate, isFullSpeed: !isAsked };
    const asked = new Set(settings.tests);
    // Latency is measured at the throughput (§26.2): that has to be known.
    if (asked.has('throughput') || asked.has('latency')) {
      const rate = await measureThroughput(subject, (part) => {
        report.throughput = part;
      });
      if (asked.has('latency') && rate > 0) {
        await measureLatency(subject, rate, (part) => {
          report.latency = part;
        });
      }
    }
    if (asked.has('loss')) {
      await measureLoss(subject, (part) => {
        report.loss = part;
      });
    }
    if (asked.has('back-to-back')) {
      await measureBackToBack(subject, (part) => {
        report.backToBack = part;
      });
    }
  }
}
