import type { Command } from 'commander';
import { catalogue } from '../../blocks/catalogue.js';
import { parseGraphFile } from '../../control/graph-file.js';
import { sendChange } from '../shared/change.js';
import { inputName, readInput } from '../shared/input.js';
import {
  type ChangeOptions,
  clientOf,
  optionsOf,
  withChangeOptions,
  withExample,
} from '../shared/options.js';

export function register(program: Command): void {
  const command = program
    .command('apply <file>')
    .description('make the running graph what a file says (YAML or JSON, - for stdin), all or nothing');
  withExample(
    withChangeOptions(command),
    'quipu apply graph.yaml --dry-run       # what would change?',
    'quipu apply graph.yaml --confirm 30    # then: quipu confirm',
    'quipu show graph >graph.yaml           # a file to begin with',
  );
  command.action(async (file: string) => {
    const options = optionsOf<ChangeOptions>(command);
    const schemas = new Map(catalogue.map((type) => [type.kind, type.config]));
    const graph = parseGraphFile(readInput(file), inputName(file), schemas);
    await sendChange({ op: 'apply', graph }, options, clientOf(options));
  });
}
