import type { Command } from 'commander';
import { withHostOption } from '../shared/options.js';
import { toolCommand } from '../shared/run.js';
import { registerBatch } from './batch.js';
import { registerChanges } from './changes.js';
import { registerLooks } from './looks.js';

/** The tool `fbctl`: makes, ties and shows functional blocks. */
export function fbctl(): Command {
  const program = toolCommand('fbctl', 'Make, tie and show functional blocks of a running Quipu daemon.');
  registerChanges(program);
  registerBatch(program);
  registerLooks(program);
  for (const command of [program, ...program.commands]) withHostOption(command);
  return program;
}
