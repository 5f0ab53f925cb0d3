import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { BlockRow } from '../../src/control/views.js';
import { type Collected, difference, type Flooded, Lab, type Load, type TestDaemon, until } from './lab.js';

const RATE = 5000;

/**
 * A daemon with a paced, numbered flow through `in → path → out`, which must notice nothing of what a test file
 * does to the daemon meanwhile.
 *
 *     left --v0/v1-- middle (Quipu) --v2/v3-- right      left --w0/w1-- middle, for the links that get hurt
 */
export class Steady {
  readonly lab = new Lab();
  daemon!: TestDaemon;
  private sender!: Load<Flooded>;
  private receiver!: Load<Collected>;

  async start(): Promise<void> {
    const { lab } = this;
    lab.host('left', 'middle', 'right');
    lab.cable('left', 'v0', 'middle', 'v1');
    lab.cable('middle', 'v2', 'right', 'v3');
    lab.cable('left', 'w0', 'middle', 'w1');
    this.daemon = await lab.daemon('middle');
    const link = { kind: 'af-packet', device: 'v1', receiveBuffer: 64 << 20 };
    await this.daemon.change(
      { do: 'add', name: 'in', type: 'ethernet', config: { link, promiscuous: true, exclusive: true } },
      { do: 'add', name: 'out', type: 'ethernet', config: { link: 'v2', queue: 4096 } },
      { do: 'add', name: 'path', type: 'counter' },
      { do: 'connect', from: 'path', port: 'ingress', to: 'out' },
      { do: 'bind', upper: 'path', lower: 'in' },
    );
    this.receiver = await lab.collect('right', 'v3');
    this.sender = lab.flood('left', 'v0', { rate: RATE });
    await until('the steady flow', async () => ((await this.passed()) > 100 ? true : undefined));
  }

  /** Frames of the flow that have passed so far. */
  async passed(): Promise<number> {
    return (await this.daemon.show('path')).counters.packets;
  }

  /** Names of all blocks. */
  async names(): Promise<string[]> {
    const rows = await this.daemon.client.request<BlockRow[]>({ op: 'list' });
    return rows.map((row) => row.name);
  }

  /** What a refused change must leave as it was. */
  async graph(): Promise<unknown> {
    return [await this.names(), await this.daemon.client.request({ op: 'graph' })];
  }

  /** The daemon is there, answers, and the flow goes on. */
  async lives(): Promise<void> {
    const before = await this.passed();
    await until('the flow to go on', async () => ((await this.passed()) > before ? true : undefined), 3000);
  }

  /** Ends the flow and the daemon: not one frame is missing, and every account is exact. */
  async finish(): Promise<void> {
    try {
      const { sent } = await this.sender.stop();
      await until('the last frame', async () => ((await this.passed()) >= sent ? true : undefined));
      const collected = await this.receiver.stop();
      expect(collected).toEqual({
        received: sent,
        first: 0,
        last: sent - 1,
        missing: 0,
        reordered: 0,
        lost: 0,
      });
      for (const name of ['in', 'path', 'out']) expect((await this.daemon.show(name)).drops).toEqual([]);
      const before = await this.daemon.status();
      expect(difference(before)).toBe(0);
      const after = await this.daemon.down();
      expect(difference(after)).toBe(0);
      expect(after.totals.held).toBe(0);
      expect(after.pool.free).toBe(after.pool.size);
      expect(this.daemon.log).not.toMatch(/internal error|error in receive|engine thread died/);
    } finally {
      await this.lab.close();
    }
  }
}

/** The least memory that a process occupied in some seconds, in kilobytes: the garbage that comes and goes left out. */
export async function leastResidentKb(pid: number, seconds: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < seconds * 20; i++) {
    least = Math.min(least, residentKb(pid));
    await sleep(50);
  }
  return least;
}

/** Kilobytes of memory that a process occupies now. */
export function residentKb(pid: number): number {
  return Number(/VmRSS:\s*(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

/** Seconds of processor time that a process has used. */
export function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export interface Answer {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** Sends a body to the control socket as it is; answers the error that came back. */
export function post(socket: string, body: string, path = '/v1/request', method = 'POST'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath: socket, method, path, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => {
        const { error } = JSON.parse(text) as { error?: { code: string; message: string } };
        resolve({ status: response.statusCode ?? 0, code: error?.code ?? '', message: error?.message ?? '' });
      });
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** Writes bytes to the control socket, hangs up or waits for the other side to; answers what came back. */
export function raw(socket: string, bytes: Uint8Array | string, hangUpAfter = 0): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const client = connect(socket);
    client.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
    });
    client.on('error', () => {});
    client.on('close', () => resolve(text));
    client.write(bytes, () => {
      if (hangUpAfter >= 0) setTimeout(() => client.destroy(), hangUpAfter);
    });
  });
}
