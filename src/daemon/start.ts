import { checkSocketPath } from '../control/socket-path.js';
import type { Daemon } from './daemon.js';
import { EngineHandle, type EngineHandleOptions } from './engine-handle.js';
import { NodeLog } from './log.js';
import type { WorkerSetup } from './messages.js';

export interface DaemonOptions {
  /** Path of the control socket. */
  readonly socket: string;
  readonly pool?: WorkerSetup['pool'];
  /** How many engines, each in a thread of its own. */
  readonly engines?: EngineHandleOptions['engines'];
  /** Log lines, as they are written. */
  readonly onLog?: (line: string) => void;
}

/** Starts a daemon: an engine thread, the control socket, the log and the journal. Throws QuipuError. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  checkSocketPath(options.socket, 'choose another with --socket');
  const log = new NodeLog(() => performance.now());
  if (options.onLog) log.follow(options.onLog);
  let daemon: Daemon | null = null;
  const starting = EngineHandle.start({
    ...(options.pool ? { pool: options.pool } : {}),
    ...(options.engines === undefined ? {} : { engines: options.engines }),
    onLog: (line) => log.add(line),
    onDevices: (devices) => daemon?.note({ devices }),
    onDeath: (error) => daemon?.died(error),
  });
  // The rest is loaded while the engine's thread loads what it needs: that halves the time to the first frame.
  const loaded = await import('./daemon.js');
  daemon = await loaded.Daemon.assemble(options, starting, log);
  return daemon;
}
