// Network namespaces joined by veth, for one group; removed at the end, whatever happened.

import { execFileSync } from 'node:child_process';

/** Why namespaces cannot be made here, or undefined. */
export function whyNot() {
  return process.getuid?.() === 0 ? undefined : 'needs root: it makes network namespaces and devices';
}

export class Cables {
  #prefix = `quipu-bench-${process.pid}-`;
  /** @type {string[]} */
  #hosts = [];

  constructor() {
    process.once('exit', () => this.close());
  }

  /** Makes hosts: namespaces in which nothing speaks by itself (no IPv6). @param {...string} names */
  host(...names) {
    for (const name of names) {
      execFileSync('ip', ['netns', 'add', this.#prefix + name]);
      this.#hosts.push(name);
      const quiet = 'for f in all default; do echo 1 > /proc/sys/net/ipv6/conf/$f/disable_ipv6; done';
      this.run(name, 'sh', '-c', quiet);
    }
  }

  /**
   * Joins device `a` of one host to device `b` of another.
   * @param {string} hostA @param {string} a @param {string} hostB @param {string} b
   */
  join(hostA, a, hostB, b) {
    const [nsA, nsB] = [this.#prefix + hostA, this.#prefix + hostB];
    execFileSync('ip', ['link', 'add', a, 'netns', nsA, 'type', 'veth', 'peer', 'name', b, 'netns', nsB]);
    execFileSync('ip', ['-n', nsA, 'link', 'set', a, 'up']);
    execFileSync('ip', ['-n', nsB, 'link', 'set', b, 'up']);
  }

  /** The command line that runs a command in a host. @param {string} host @param {readonly string[]} command */
  inside(host, command) {
    return ['ip', 'netns', 'exec', this.#prefix + host, ...command];
  }

  /** Output of a command run in a host. @param {string} host @param {...string} command */
  run(host, ...command) {
    const [file, ...args] = this.inside(host, command);
    return execFileSync(file, args, { encoding: 'utf8' });
  }

  /** A counter of the kernel. @param {string} host @param {string} device @param {string} name */
  counter(host, device, name) {
    return Number(this.run(host, 'cat', `/sys/class/net/${device}/statistics/${name}`));
  }

  close() {
    for (const name of this.#hosts.splice(0)) {
      try {
        for (const pid of execFileSync('ip', ['netns', 'pids', this.#prefix + name], {
          encoding: 'utf8',
        }).split('\n')) {
          if (pid !== '') process.kill(Number(pid), 'SIGKILL');
        }
        execFileSync('ip', ['netns', 'del', this.#prefix + name]);
      } catch (error) {
        console.error(`left behind: network namespace ${this.#prefix + name}: ${error}`);
      }
    }
  }
}
