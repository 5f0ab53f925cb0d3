import { libc } from './libc.js';

const CLOCK_REALTIME = 0;

/** The wall clock as the kernel stamps frames with it, to the nanosecond. */
export class WallClock {
  seconds = 0;
  nanoseconds = 0;
  private readonly libc = libc();
  private readonly view = new DataView(new ArrayBuffer(16));
  private readonly bytes = new Uint8Array(this.view.buffer);

  /** Reads it into the fields. Allocates nothing that lasts. */
  read(): void {
    this.libc.clockGetTime(CLOCK_REALTIME, this.bytes);
    this.seconds = Number(this.view.getBigInt64(0, true));
    this.nanoseconds = this.view.getUint32(8, true);
  }
}
