// host-dies.js DEVICE SOCKET: runs a host on a TAP device in a thread as the daemon does, and lets that die of an error.
// Says whether the device and the descriptor by which it was open are there still: "DEVICE DESCRIPTOR".
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { RunningHost } from '../../../dist/daemon/hosts/running-host.js';

const [device, socket] = process.argv.slice(2);
const worker = new URL('../../../dist/daemon/hosts/host-worker.js', import.meta.url);
const entry = new URL(
  `data:text/javascript,${encodeURIComponent(
    `await import(${JSON.stringify(worker.href)}); setTimeout(() => { throw new Error('a knot'); }, 50);`,
  )}`,
);
const link = {
  ...{ name: 'tap', link: { kind: 'tap', device }, mac: '02:00:00:00:00:61', addresses: ['10.9.4.2/24'] },
  ...{ ipv6: 'off', check: 'off' },
};
/** @type {any} */
const config = { name: 'h1', links: [link] };
const holdsTun = () => readdirSync('/proc/self/fd').some((fd) => isTun(`/proc/self/fd/${fd}`));
/** @param {string} file */
function isTun(file) {
  try {
    return readlinkSync(file) === '/dev/net/tun';
  } catch {
    return false; // that of the listing itself
  }
}
const host = new RunningHost({ config, socket }, 0, async () => {}, entry);
await host.ready;
if (!holdsTun()) throw new Error('no device was opened');
const error = await host.ended;
if (error?.message !== 'a knot') throw error ?? new Error('it did not die');
process.stdout.write(`${existsSync(`/sys/class/net/${device}`)} ${holdsTun()}\n`);
