import { read, write } from '../../stack/tcp/operate.js';
import type { TcpSettings } from '../../stack/tcp/settings.js';
import type { LabUser } from '../tcp-lab.js';
import type { Network } from './network.js';
import type { Station } from './station.js';

/** Bytes that wait in a sender at most. */
const AHEAD = 2_000_000;
const chunk = new Uint8Array(64_000);

/** A connection that sends without end; counts what arrives and keeps nothing. */
export class BulkFlow {
  received = 0;
  user: LabUser | null = null;
  server: LabUser | null = null;

  /** Begins at once. */
  constructor(from: Station, to: Station, address: Uint8Array, port: number, settings?: TcpSettings) {
    to.listen(port, (user) => {
      this.server = user;
      user.readable = () => this.take(user);
    });
    this.user = from.connect(
      address,
      port,
      (user) => {
        user.writable = () => this.fill(user);
        this.fill(user);
      },
      settings,
    );
  }

  private take(user: LabUser): void {
    for (let bytes = read(user.connection); bytes !== null; bytes = read(user.connection)) {
      this.received += bytes.length;
    }
  }

  private fill(user: LabUser): void {
    while (user.connection.queue.length < AHEAD) write(user.connection, chunk);
  }
}

/** Bytes that each flow brought over in such a time. */
export function measure(network: Network, flows: readonly BulkFlow[], micros: number): number[] {
  const before = flows.map((flow) => flow.received);
  network.run(micros);
  return flows.map((flow, i) => flow.received - before[i]);
}
