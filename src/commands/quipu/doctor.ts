import type { Command } from 'commander';
import {
  type CommonOptions,
  clientOf,
  optionsOf,
  withCommonOptions,
  withExample,
} from '../shared/options.js';
import { Exit } from '../shared/run.js';
import { type Style, styleFor } from '../shared/style.js';
import { type Check, daemonCheck, kernelChecks, machineChecks } from './doctor-checks.js';

export function register(program: Command): void {
  const command = program
    .command('doctor')
    .description('check whether this machine has what Quipu needs, and say what to do where it has not');
  withExample(withCommonOptions(command), 'quipu doctor');
  command.action(async () => {
    const options = optionsOf<CommonOptions>(command);
    const checks = [...machineChecks(), ...(await kernelChecks()), await daemonCheck(clientOf(options))];
    const style = styleFor(process.stdout, process.env);
    process.stdout.write(options.json ? `${JSON.stringify(checks)}\n` : doctorText(checks, style));
    if (checks.some(({ ok, needed }) => needed && !ok)) process.exitCode = Exit.failed;
  });
}

/** A line for each check, and what it all means. */
export function doctorText(checks: readonly Check[], style: Style): string {
  const lines = checks.map(
    ({ ok, what, detail }) => `${ok ? style.good('✓') : style.bad('✗')} ${what}: ${detail}`,
  );
  const missing = checks.filter(({ ok, needed }) => needed && !ok).length;
  const lesser = checks.filter(({ ok, needed }) => !needed && !ok).length;
  const verdict =
    missing > 0
      ? `${missing} of the things that live interfaces need ${missing === 1 ? 'is' : 'are'} missing`
      : `live interfaces can be hooked${lesser > 0 ? '; see ✗ for what else is missing' : ''}`;
  return `${lines.join('\n')}\n\n${verdict}\n`;
}
