// One flow, as fast as it goes.

/** What a program that copies a file writes at a time. */
const CHUNK = 65_536;

/** A sink that has not had enough by then, in milliseconds beyond its time, never will. */
const PATIENCE_MS = 30_000;

/**
 * Takes bytes from a source for a while, or sends them to a sink until that closes: who receives has the clock.
 * @param {import('./network.js').Network} network @param {{ host: string, port: number }} to
 * @param {boolean} takes @param {number} warm seconds before it is measured @param {number} seconds
 * @returns {Promise<{ bytes: number, seconds: number, cpu: number }>} `bytes` are those that came, or that were written;
 *   `cpu` seconds of this process
 */
export function bulk(network, to, takes, warm, seconds) {
  return new Promise((resolve, reject) => {
    const socket = network.connect(to);
    const count = () => (takes ? socket.bytesRead : socket.bytesWritten);
    /** @type {NodeJS.Timeout | undefined} */
    let timer;
    /** @type {{ at: number, cpu: NodeJS.CpuUsage, bytes: number } | undefined} */
    let before;
    /** @type {{ bytes: number, seconds: number, cpu: number } | undefined} */
    let result;
    const measured = () => {
      if (before === undefined) return undefined;
      const { user, system } = process.cpuUsage(before.cpu);
      const lasted = (performance.now() - before.at) / 1000;
      return { bytes: count() - before.bytes, seconds: lasted, cpu: (user + system) / 1e6 };
    };
    /** @param {Error} error */
    const over = (error) => {
      clearTimeout(timer);
      result ??= takes ? undefined : measured();
      if (result === undefined) reject(error);
      else resolve(result);
      socket.destroy();
    };
    const enough = () => {
      result = measured();
      if (takes) over(new Error('nothing was measured'));
      else timer = setTimeout(() => reject(new Error('the sink does not close')), PATIENCE_MS);
    };
    socket.on('error', over);
    socket.on('close', () => over(new Error('it was closed')));
    socket.on('connect', () => {
      timer = setTimeout(() => {
        before = { at: performance.now(), cpu: process.cpuUsage(), bytes: count() };
        timer = setTimeout(enough, seconds * 1000);
      }, warm * 1000);
      if (takes) socket.on('data', () => {});
      else feed(socket);
    });
  });
}

/** @param {import('node:net').Socket} socket */
function feed(socket) {
  const chunk = Buffer.alloc(CHUNK, 'wool ');
  const more = () => {
    while (!socket.destroyed && socket.write(chunk));
  };
  socket.on('drain', more);
  more();
}
