import { parentPort, workerData } from 'node:worker_threads';
import { hostFromConfig } from '../../api/host/from-config.js';
import type { QuipuHost } from '../../api/host/host.js';
import { QuipuError } from '../../contract/error.js';
import type { HostNotice, HostSetup } from './host-setup.js';

// The thread of a host of the daemon. It ends when the main thread says anything.
if (parentPort === null) throw new Error('host-worker.js is the entry of a worker thread');
const port = parentPort;
const tell = (notice: HostNotice) => port.postMessage(notice);

async function start(setup: HostSetup): Promise<QuipuHost> {
  const { config, socket } = setup;
  const host = hostFromConfig({ ...config, control: socket });
  // Also when the thread dies of an error: the process lives on, and with it descriptors, devices and rings would.
  process.once('exit', () => host.close());
  try {
    await host.ready;
  } catch (error) {
    host.close();
    throw error;
  }
  return host;
}

try {
  const host = await start(workerData as HostSetup);
  port.once('message', () => {
    host.close();
    port.close();
  });
  tell({ type: 'ready' });
} catch (error) {
  if (!(error instanceof QuipuError)) throw error;
  tell({ type: 'failed', code: error.code, message: error.message });
  port.close();
}
