/**
 * An error that a user caused or can mend: bad input, a name that is taken, a missing privilege.
 * `code` is for programs, the message for people: it names the thing, the value and the remedy.
 */
export class QuipuError extends Error {
  readonly code: ErrorCode;
  constructor(code: ErrorCode, message: string) {
    super(message);
    this.name = 'QuipuError';
    this.code = code;
  }
}

export type ErrorCode =
  | 'bad-request'
  | 'unknown-type'
  | 'unknown-name'
  | 'unknown-port'
  | 'bad-name'
  | 'bad-config'
  | 'name-taken'
  | 'in-use'
  | 'port-bound'
  | 'not-bound'
  | 'no-free-port'
  | 'pending'
  | 'no-privilege'
  | 'no-support'
  | 'no-device'
  | 'link-failed'
  | 'limit'
  | 'unreachable'
  | 'internal';
