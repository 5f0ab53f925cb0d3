import { closeSync, openSync, readSync } from 'node:fs';

/**
 * Frames that the kernel wanted to send through a device and dropped (`tx_dropped`): what a TAP device
 * loses when its queue is full. The file stays open, so it shows the namespace of its opening for ever.
 */
export class TransmitDrops {
  private readonly fd = openSync('/proc/thread-self/net/dev', 'r');
  private buffer = Buffer.alloc(4096);
  private last = 0;
  private open = true;

  /** Drops of the device so far; the last figure when it is not found (renamed, moved, removed). */
  read(device: string): number {
    const text = this.whole();
    const line = text.split('\n').find((l) => l.trimStart().startsWith(`${device}:`));
    // Eight figures of reception, then transmit: bytes, packets, errors, drops.
    const drops = Number(
      line
        ?.slice(line.indexOf(':') + 1)
        .trim()
        .split(/\s+/)[11],
    );
    if (Number.isFinite(drops)) this.last = drops;
    return this.last;
  }

  /** Safe to call twice. */
  close(): void {
    if (this.open) closeSync(this.fd);
    this.open = false;
  }

  private whole(): string {
    let length = 0;
    for (;;) {
      if (length === this.buffer.length) {
        const wider = Buffer.alloc(length * 2);
        this.buffer.copy(wider);
        this.buffer = wider;
      }
      const got = readSync(this.fd, this.buffer, length, this.buffer.length - length, length);
      if (got === 0) return this.buffer.toString('latin1', 0, length);
      length += got;
    }
  }
}
