import type { HostConfig } from '../../api/host/config.js';
import type { ErrorCode } from '../../contract/error.js';

/** What a host's thread is started with. */
export interface HostSetup {
  /** Its links to the daemon's node have their memory in them. */
  readonly config: HostConfig;
  /** Path of its control socket. */
  readonly socket: string;
}

/** From a host's thread: once, when it is up or cannot be. */
export type HostNotice =
  | { readonly type: 'ready' }
  | { readonly type: 'failed'; readonly code: ErrorCode; readonly message: string };
