import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import { QuipuError } from '../contract/error.js';
import { freeSocketPath } from '../control/server-socket.js';
import type { MadeDevice } from './messages.js';

const journalSchema = z.object({
  pid: z.int(),
  socket: z.string(),
  devices: z.array(z.object({ name: z.string(), index: z.int() })),
  /** Control sockets of hosts. */
  hostSockets: z.array(z.string()).default([]),
});

/**
 * What a daemon leaves on the host while it runs, written beside its socket: `PATH.journal`. A daemon that starts on
 * the same socket cleans up after one that was killed.
 */
export class Journal {
  private readonly file: string;
  private readonly socket: string;
  private devices: readonly MadeDevice[] = [];
  private hostSockets: readonly string[] = [];

  constructor(socket: string) {
    this.socket = socket;
    this.file = `${socket}.journal`;
  }

  /** Notes what there is now: devices of the engine, control sockets of hosts. What is not named stays as it was. */
  write(now: { readonly devices?: readonly MadeDevice[]; readonly hostSockets?: readonly string[] }): void {
    this.devices = now.devices ?? this.devices;
    this.hostSockets = now.hostSockets ?? this.hostSockets;
    const { socket, devices, hostSockets } = this;
    const temporary = `${this.file}.new`;
    try {
      // Anew, whole or not at all.
      writeFileSync(temporary, `${JSON.stringify({ pid: process.pid, socket, devices, hostSockets })}\n`, {
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
    if (await freeSocketPath(this.socket, 'daemon')) {
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
    for (const path of left.hostSockets) {
      // Somebody may have taken the place since.
      const freed = await freeSocketPath(path, 'host').catch(() => false);
      if (freed) lines.push(`removed the socket file ${path} of a host that is gone`);
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
