import type { Reading } from './reading.js';

/** Devices that are promiscuous on our account. They stop being so when the process ends, whatever ends it. */
export class PromiscuousDevices {
  private readonly held = new Map<string, () => void>();

  has(device: string): boolean {
    return this.held.has(device);
  }

  /** Throws QuipuError: it needs CAP_NET_RAW. */
  async hold(device: string): Promise<void> {
    // Loaded only now: all else of ifpps works without a foreign function interface.
    const [{ NetDevices }, { holdPromiscuous }] = await Promise.all([
      import('../../linux/netdev.js'),
      import('../../linux/promiscuous.js'),
    ]);
    this.release(device);
    const devices = new NetDevices();
    try {
      this.held.set(device, holdPromiscuous(device, devices.index(device)));
    } finally {
      devices.close();
    }
  }

  release(device: string): void {
    this.held.get(device)?.();
    this.held.delete(device);
  }

  /** A device that was made anew is promiscuous again. */
  async follow({ devices }: Reading): Promise<void> {
    for (const { name, state } of devices) {
      if ((state === 'reset' || state === 'new') && this.has(name)) await this.hold(name);
    }
  }

  releaseAll(): void {
    for (const device of [...this.held.keys()]) this.release(device);
  }
}
