// Connections a second: each is made, closed by the server at once, and then by the client.

/** @param {import('./network.js').Network} network @param {number} port */
export function closeAtOnce(network, port) {
  const server = network.createServer((socket) => {
    socket.on('error', () => {});
    socket.resume().end();
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '0.0.0.0', () => resolve(undefined));
  });
}

/**
 * @param {import('./network.js').Network} network @param {{ host: string, port: number }} to
 * @param {number} atOnce connections at the same time @param {number} warm @param {number} seconds
 */
export async function connectionRate(network, to, atOnce, warm, seconds) {
  let [done, failed, goesOn] = [0, 0, true];
  const one = () =>
    new Promise((resolve) => {
      const socket = network.connect(to);
      let isBad = false;
      socket.on('error', () => {
        isBad = true;
      });
      socket.on('close', () => {
        if (isBad) failed++;
        else done++;
        resolve(undefined);
      });
      socket.resume();
    });
  const caller = async () => {
    while (goesOn) await one();
  };
  const callers = Promise.all(Array.from({ length: atOnce }, caller));
  await new Promise((resolve) => setTimeout(resolve, warm * 1000));
  const [at, cpu, before] = [performance.now(), process.cpuUsage(), done];
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const { user, system } = process.cpuUsage(cpu);
  const lasted = (performance.now() - at) / 1000;
  const connections = done - before;
  goesOn = false;
  await callers;
  return { connections, failed, seconds: lasted, cpu: (user + system) / 1e6 };
}
