import type { Command } from 'commander';
import { surveyWays } from '../../linux/tracing/survey.js';
import { lockdown } from '../../linux/tracing/tracefs.js';
import { optionsOf, withExample } from '../shared/options.js';
import { Exit } from '../shared/run.js';
import { styleFor } from '../shared/style.js';
import { waysText } from './kernel-text.js';
import { type KernelOptions, withKernelOptions, withTracefs } from './options.js';

export function registerWays(program: Command): void {
  const command = program
    .command('ways')
    .description('say by which ways this kernel lets stacks be traced, and why not by the others');
  withExample(withKernelOptions(command), 'otst ways');
  command.action(() => {
    const options = optionsOf<KernelOptions>(command);
    const states = withTracefs(options, ({ directory }) => surveyWays(directory));
    const mode = lockdown();
    const style = styleFor(process.stdout, process.env);
    process.stdout.write(
      options.json ? `${JSON.stringify({ ways: states, lockdown: mode })}\n` : waysText(states, mode, style),
    );
    if (!states.some(({ allowed }) => allowed)) process.exitCode = Exit.failed;
  });
}
