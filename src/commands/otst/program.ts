import type { Command } from 'commander';
import { withExample } from '../shared/options.js';
import { toolCommand } from '../shared/run.js';
import { registerArmed } from './armed.js';
import { registerStack } from './stack.js';
import { registerWays } from './ways.js';

/** The tool `otst`: one-time stack traces, of kernel symbols (seed 004 D.4) and of functional blocks. */
export function otst(): Command {
  const program = toolCommand(
    'otst',
    'Print, once, what leads to a kernel function or tracepoint, or to a functional block. "otst NAME" is "otst stack NAME".',
  );
  withExample(
    program,
    'otst netif_rx                    # who calls netif_rx the next time',
    'otst netif_rx kfree_skb          # both, each as it is called',
    'otst fb3 --timeout 10            # how the next frame comes to block fb3',
    'otst help stack                  # all options of "otst NAME"',
  );
  registerStack(program);
  registerArmed(program);
  registerWays(program);
  return program;
}
