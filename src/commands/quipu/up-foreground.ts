import { QuipuError } from '../../contract/error.js';
import { socketPath } from '../../control/socket-path.js';
import type { Daemon } from '../../daemon/daemon.js';
import { startDaemon } from '../../daemon/start.js';
import { reasonsText, totalsLine } from '../shared/totals-text.js';
import { warningLine } from '../shared/warning.js';
import type { UpOptions } from './up.js';

/** Runs the daemon in this process until it is ended by `quipu down` or a signal. Throws QuipuError. */
export async function runInFront(options: UpOptions): Promise<void> {
  const socket = socketPath(options.socket, process.env, process.getuid?.() ?? 0);
  const say = (line: string) => {
    if (!options.quiet) process.stdout.write(`${line}\n`);
  };
  let interrupted = false;
  let daemon: Daemon | null = null;
  let warnings: readonly string[] = [];
  const stop = () => {
    interrupted = true;
    void daemon?.down();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  daemon = await startDaemon({
    socket,
    engines: options.engines ?? 1,
    pool: { size: options.frames ?? 4096, slotSize: options.frameSize ?? 2048 },
    onLog: say,
  });
  try {
    if (interrupted) await daemon.down();
    else warnings = await (await import('./up-prepare.js')).prepare(daemon, options);
  } catch (error) {
    await daemon.down();
    if (!interrupted) throw error;
  }
  // Whoever has put us into the background tells them: it reads our stderr only when we do not come up.
  if (process.send) process.send({ type: 'up', pid: process.pid, socket, warnings });
  else if (!options.quiet) for (const sentence of warnings) process.stderr.write(warningLine(sentence));
  if (process.connected) process.disconnect();
  const status = await daemon.end;
  if (status === null) throw new QuipuError('internal', 'the engine thread died; the log says why');
  const { pool } = status;
  say(`${totalsLine(status, reasonsText(status.drops))}; pool ${pool.free} of ${pool.size} free`);
  process.exitCode = interrupted ? 130 : 0;
}
