import { type Command, Option } from 'commander';
import { openTracefs, type Tracefs } from '../../linux/tracing/tracefs.js';
import { type CommonOptions, withCommonOptions } from '../shared/options.js';

export interface KernelOptions extends CommonOptions {
  readonly tracefs?: string;
}

/** Options of commands that look into the kernel. */
export function withKernelOptions(command: Command): Command {
  return withCommonOptions(command).addOption(
    new Option(
      '--tracefs <folder>',
      'where tracefs is mounted (default: found, or mounted for this process alone)',
    ),
  );
}

/** Runs `work` with the kernel's tracefs. */
export function withTracefs<T>(options: KernelOptions, work: (tracefs: Tracefs) => T): T {
  const tracefs = openTracefs(options.tracefs);
  try {
    return work(tracefs);
  } finally {
    tracefs.close();
  }
}
