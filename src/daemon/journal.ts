import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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
      writeFileSync(temporary, `${JSON.stringify({ pid: process.pid, socket: this.socket, devices })}\n`, {
        mode: 0o600,
      });
      renameSync(temporary, this.file);
    } catch (error) {
      throw new QuipuError(
        'link-failed',
        `cannot write the journal ${this.file}: ${(error as Error).message}`,
      );
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
      await this.refuseIfTaken();
      rmSync(this.socket, { force: true });
      lines.push(`removed the socket file ${this.socket} of a daemon that is gone`);
    }
    if (!existsSync(this.file)) return lines;
    const left = this.read();
    if (left === null) {
      this.remove();
      lines.push(
        `removed the journal ${this.file}: it could not be read, so devices may have been left behind`,
      );
      return lines;
    }
    for (const { name, index } of left.devices) {
      if (!isOurDevice(name, index)) continue;
      const { status } = spawnSync('ip', ['link', 'del', 'dev', name]);
      lines.push(
        status === 0
          ? `removed the device ${name} of a daemon that is gone (pid ${left.pid})`
          : `could not remove the device ${name}`,
      );
    }
    this.remove();
    lines.push(`removed the journal of a daemon that was killed (pid ${left.pid})`);
    return lines;
  }

  private async refuseIfTaken(): Promise<void> {
    // It may be anything that a user named by mistake: only sockets are ours to remove.
    if (!lstatSync(this.socket).isSocket()) {
      throw new QuipuError(
        'name-taken',
        `${this.socket} is no socket, and left alone: name another path with --socket`,
      );
    }
    if (!(await isDead(this.socket))) {
      throw new QuipuError(
        'name-taken',
        `a daemon listens on ${this.socket} already: end it with "quipu down", or name another socket with --socket`,
      );
    }
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

const shownSchema = z.array(
  z.object({ ifindex: z.int(), linkinfo: z.object({ info_kind: z.literal('tun') }) }),
);

/**
 * A TAP or TUN device of this name and number: not one that somebody else made under the same name since. Asked of
 * `ip`, because /sys may show another namespace than ours.
 */
function isOurDevice(name: string, index: number): boolean {
  const { status, stdout } = spawnSync('ip', ['-json', '-details', 'link', 'show', 'dev', name], {
    encoding: 'utf8',
  });
  if (status !== 0) return false;
  try {
    const shown = shownSchema.safeParse(JSON.parse(stdout));
    return shown.success && shown.data[0]?.ifindex === index;
  } catch {
    return false;
  }
}

/** Nobody listens: any other failure (no permission, a full backlog) means that somebody may. */
function isDead(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.on('connect', () => {
      probe.destroy();
      resolve(false);
    });
    probe.on('error', ({ code }: NodeJS.ErrnoException) => {
      resolve(code === 'ECONNREFUSED' || code === 'ENOENT');
    });
  });
}
