/** Between the demo and its two hosts, over the IPC channel of Node's child processes. */
export interface Call {
  readonly id: number;
  readonly what: string;
  readonly argument: unknown;
}

export type FromHost =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: string }
  | { readonly notice: string; readonly value: unknown };

/** What right's applications have done so far. */
export interface Traffic {
  readonly echoesSent: number;
  readonly echoesAnswered: number;
  /** Transfers that arrived with every byte as it was sent, and others. */
  readonly transfers: number;
  readonly transfersBroken: number;
}

export const TRANSFER_BYTES = 200_000;
export const LEFT = { address: '10.77.0.1', echoPort: 7777, httpPort: 8080 } as const;
export const RIGHT = { address: '10.77.0.2' } as const;

/** In a host: something to tell, unasked. */
export function tell(notice: string, value: unknown = null): void {
  send({ notice, value });
}

/**
 * In a host: answers the demo's calls. The process ends with the channel, however the demo ended: then nobody is
 * left in the namespace, and the kernel takes it away with all that is in it.
 */
export function serve(answers: Readonly<Record<string, (argument: never) => Promise<unknown>>>): void {
  process.on('disconnect', () => process.exit());
  process.on('message', (call: Call) => {
    const answer = answers[call.what] as (argument: unknown) => Promise<unknown>;
    answer(call.argument).then(
      (result) => send({ id: call.id, result: result ?? null }),
      (error: Error) => send({ id: call.id, error: error.message }),
    );
  });
  tell('here');
}

function send(message: FromHost): void {
  // An error means that the demo is gone: `disconnect` follows.
  process.send?.(message, undefined, undefined, () => {});
}
