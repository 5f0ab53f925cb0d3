// What `npm test` asks the machine.

import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

// A user's PATH often lacks the folders where Debian puts tcpdump, ethtool and nginx.
const path = [process.env.PATH, '/usr/sbin', '/sbin'].filter(Boolean).join(delimiter);

/** The environment for tests: every tool that was found can be started by its name. */
export const environment = { ...process.env, PATH: path };

/**
 * @param {string} name
 * @returns {boolean}
 */
export function isInstalled(name) {
  return path.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/**
 * Why no test here may make network namespaces and devices, or undefined when it may. It makes a namespace
 * to see: uid 0 alone does not tell, a container may lack the capabilities.
 * @returns {string | undefined}
 */
export function whyNoNamespaces() {
  if (process.getuid?.() !== 0) return 'needs root';
  if (!isInstalled('ip')) return undefined; // reported as a missing tool
  const name = `quipu-probe-${process.pid}`;
  const made = ip('netns', 'add', name);
  const device = made.error
    ? made
    : ip('-n', name, 'link', 'add', 'probe0', 'type', 'veth', 'peer', 'name', 'probe1');
  if (!made.error) ip('netns', 'del', name);
  return device.error && `needs CAP_SYS_ADMIN and CAP_NET_ADMIN (ip: ${device.error})`;
}

/**
 * Names of the network namespaces and devices there are now.
 * @returns {Set<string>}
 */
export function networkThings() {
  const spaces = ip('netns', 'list').lines.map((line) => `namespace ${line.split(' ')[0]}`);
  const links = ip('-o', 'link').lines.map((line) => `device ${line.split(': ')[1]?.split('@')[0]}`);
  return new Set([...spaces, ...links]);
}

/**
 * What is there now and was not there before. The kernel takes a namespace's devices away a little after
 * the namespace, so what is new gets three seconds to go.
 * @param {ReadonlySet<string>} before
 * @returns {Promise<string[]>}
 */
export async function leftOver(before) {
  for (let tries = 0; ; tries++) {
    const left = [...networkThings()].filter((thing) => !before.has(thing));
    if (left.length === 0 || tries === 30) return left;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * @param {string[]} args
 * @returns {{ lines: string[], error: string | undefined }}
 */
function ip(...args) {
  const { status, stdout, stderr, error } = spawnSync('ip', args, { encoding: 'utf8', env: environment });
  const lines = (stdout ?? '').split('\n').filter((line) => line !== '');
  if (status === 0) return { lines, error: undefined };
  return { lines, error: error?.message ?? (stderr.trim().split('\n')[0] || `ended with ${status}`) };
}
