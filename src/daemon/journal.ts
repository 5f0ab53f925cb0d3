import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { z } from 'zod';
import { QuipuError } from '../contract/error.js';
import type { MadeDevice } from './messages.js';

const journalSchema = z.object({
  pid: z.int(),
  socket: z.string(),
  devices: z.array(z.object({ name: z.string(), index: z.int() })),
});

/**
 * What a daemon leaves on the host while it runs, written beside its socket: `PATH.journal`. A daemon that starts on
 * the same socket cleans up after one that was killed.
 */
export class Journal {
  private readonly file: string;
  private readonly socket: string;

  constructor(socket: string) {
    this.socket = socket;
    this.file = `${socket}.journal`;
  }

  /** Writes it anew, whole or not at all. */
  write(devices: readonly MadeDevice[]): void {
    const temporary = `${this.file}.new`;
    try {
      writeFileSync(temporary, `${JSON.stringify({ pid: process.pid, socket: this.socket, devices })}\n`, { mode: 0o600 });
      renameSync(temporary, this.file);
    } catch (error) {
      throw new QuipuError('link-failed', `cannot write the journal ${this.file}: ${(error as Error).message}`);
    }
  }

  remove(): void {
    rmSync(this.file, { force: true });
  }

  /**
   * Makes sure that nobody listens on the socket, and takes away what a dead daemon left. Answers a line for each
   * thing that it cleaned. Throws when a daemon is alive.
   */
  async clean(): Promise<string[]> {
    const lines: string[] = [];
    if (existsSync(this.socket)) {
      if (await isAlive(this.socket)) {
        throw new QuipuError('name-taken', `a daemon listens on ${this.socket} already: end it with "quipu down", or name another socket with --socket`);
      }
      rmSync(this.socket, { force: true });
      lines.push(`removed the socket file ${this.socket} of a daemon that is gone`);
    }
    const left = this.read();
    if (left === null) return lines;
    for (const { name, index } of left.devices) {
      if (!isOurDevice(name, index)) continue;
      const { status } = spawnSync('ip', ['link', 'del', 'dev', name]);
      lines.push(status === 0 ? `removed the device ${name} of a daemon that is gone (pid ${left.pid})` : `could not remove the device ${name}`);
    }
    this.remove();
    lines.push(`removed the journal of a daemon that was killed (pid ${left.pid})`);
    return lines;
  }

  private read(): z.infer<typeof journalSchema> | null {
    try {
      const parsed = journalSchema.safeParse(JSON.parse(readFileSync(this.file, 'utf8')));
      return parsed.success ? parsed.data : null;
    } catch {
      return null;
    }
  }
}

/** A TAP or TUN device of this name and number: not one that somebody else made under the same name since. */
function isOurDevice(name: string, index: number): boolean {
  try {
    const directory = `/sys/class/net/${name}`;
    return existsSync(`${directory}/tun_flags`) && Number(readFileSync(`${directory}/ifindex`, 'utf8')) === index;
  } catch {
    return false;
  }
}

function isAlive(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.on('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.on('error', () => resolve(false));
  });
}
