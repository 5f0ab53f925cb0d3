import type { ControlClient } from '../../../control/client.js';
import type { GeneratorOperationInput } from '../../../control/generator-words.js';

/** What commands work with: the daemon, the user, and where answers go. */
export interface Shell {
  readonly client: ControlClient;
  readonly user: string;
  /** Number of this shell's event stream; undefined where it has none. */
  readonly session: number | undefined;
  /** Answers are JSON, one value on a line. */
  readonly json: boolean;
  /** Width of the terminal on which live views may write over what they wrote before; null where they may not. */
  columns(): number | null;
  write(text: string): Promise<void>;
  /** Sentences beside the answer. */
  remark(sentence: string): void;
  /** Begins a live view: aborted when the user has seen enough. */
  viewing(): AbortSignal;
}

/** One request in the name of the shell's user. Throws QuipuError. */
export function ask<T>(shell: Shell, operation: GeneratorOperationInput): Promise<T> {
  const { client, user, session } = shell;
  return client.generators<T>({ by: user, ...(session === undefined ? {} : { session }), ask: operation });
}

/** An answer, as text for people or as JSON. */
export async function answer(shell: Shell, value: unknown, text: string): Promise<void> {
  await shell.write(shell.json ? `${JSON.stringify(value)}\n` : text);
}
