import { seededRandom } from '../random.js';
import type { LabUser } from '../tcp-lab.js';
import type { ForgedEnds } from './forge.js';
import type { Network } from './network.js';
import type { Station } from './station.js';
import type { Lane } from './wire.js';

const SECOND = 1_000_000;
/** Longest that anything lasts afterwards: half-open connections, TIME-WAIT, fragments, neighbours. */
const AFTERWARDS = 700 * SECOND;
const PORT = 80;
/** After so long everything that was fired has arrived. */
const LAST_ARRIVES = 10_000;
/** Bytes per second. */
const RATE = 12_500_000;
const foeMac = Uint8Array.of(2, 0xee, 0, 0, 0, 1);

/** Two hosts at a switch, a transfer between them, and somebody else at the switch who may send whatever he likes. */
export class UnderFire {
  readonly network: Network;
  readonly client: Station;
  readonly server: Station;
  /** Where the third one sends. */
  readonly foe: Lane;
  served: LabUser | null = null;
  readonly user: LabUser;
  readonly bytes: Uint8Array;

  static readonly clientAddress = Uint8Array.of(198, 18, 0, 1);
  static readonly serverAddress = Uint8Array.of(198, 18, 0, 2);
  static readonly clientAddress6 = Uint8Array.of(0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
  static readonly serverAddress6 = Uint8Array.of(0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2);
  static readonly port = PORT;

  /** `length`: bytes of the transfer; at 100 Mbit/s, so that it lasts. `over`: the family of its packets. */
  constructor(network: Network, length: number, over: 4 | 6 = 4) {
    this.network = network;
    const middle = network.switch('switch');
    this.client = network.station('client');
    this.server = network.station('server');
    for (const station of [this.client, this.server])
      network.join(station, middle, { delay: 500, rate: RATE, ipv6: 'auto', reportGroups: over === 6 });
    this.foe = network.join({ deliver() {} }, middle).there;
    this.client.host.addAddress(this.client.host.interfaces[0], UnderFire.clientAddress, 15);
    this.server.host.addAddress(this.server.host.interfaces[0], UnderFire.serverAddress, 15);
    this.client.host.addAddress(this.client.host.interfaces[0], UnderFire.clientAddress6, 64);
    this.server.host.addAddress(this.server.host.interfaces[0], UnderFire.serverAddress6, 64);
    const calls = over === 4 ? UnderFire.clientAddress : UnderFire.clientAddress6;
    const called = over === 4 ? UnderFire.serverAddress : UnderFire.serverAddress6;
    const random = seededRandom(length);
    this.bytes = Uint8Array.from({ length }, () => random());
    this.server.listen(PORT, (one) => {
      // Who calls from elsewhere is an attacker.
      const remote = one.connection.path.remoteAddress;
      if (remote.every((byte, i) => byte === calls[i])) this.served ??= one;
    });
    this.user = this.client.connect(called, PORT, (one) => {
      one.write(this.bytes);
      one.end();
    });
    network.until(() => this.user.events.includes('established') && (this.served?.received ?? 0) > 0);
  }

  get serverMac(): Uint8Array {
    return macOf(this.server);
  }

  get clientMac(): Uint8Array {
    return macOf(this.client);
  }

  /** Forged addresses: from the foe's place, in anybody's name, to the server. */
  forged(from: Uint8Array): ForgedEnds {
    return { mac: foeMac, toMac: this.serverMac, from, to: UnderFire.serverAddress };
  }

  /** The same for IPv6. */
  forged6(from: Uint8Array, to: Uint8Array = UnderFire.serverAddress6): ForgedEnds {
    return { mac: foeMac, toMac: this.serverMac, from, to };
  }

  /** Lets the server send to hosts of other networks by way of the foe. */
  addGateway(): void {
    const { host } = this.server;
    const gateway = Uint8Array.of(198, 19, 255, 254);
    host.interfaces[0].neighbours(4).setPermanent(gateway, foeMac);
    host.addRoute({ prefix: new Uint8Array(4), bits: 0, gateway, interface: 1, metric: 0 });
  }

  /** The transfer is over at both ends. */
  get isOver(): boolean {
    return this.user.over && this.served?.over === true;
  }

  /** Sends a frame every so many microseconds, as long as the transfer lasts or `count` says; answers how many. */
  fire(every: number, next: (index: number) => Uint8Array, count = Number.POSITIVE_INFINITY): number {
    let index = 0;
    while (index < count && (!this.isOver || count !== Number.POSITIVE_INFINITY)) {
      this.foe.send(next(index++));
      this.network.run(every);
      if (index > 5_000_000) throw new Error('the transfer does not end');
    }
    this.network.run(LAST_ARRIVES);
    return index;
  }

  /** Lets the transfer end, and answers what was wrong with it, and what is left after it, and after so many microseconds. */
  finish(afterwards = AFTERWARDS): string[] {
    const faults: string[] = [];
    if (!this.network.until(() => this.isOver, 600 * SECOND)) faults.push('the transfer does not end');
    if (this.user.failure !== null) faults.push(`the client hears ${this.user.failure}`);
    if (this.served?.failure) faults.push(`the server hears ${this.served.failure}`);
    if (!this.served?.content.equals(this.bytes)) faults.push('other bytes arrived than were sent');
    this.network.run(afterwards);
    return [...faults, ...this.network.left()];
  }
}

function macOf({ name, host }: Station): Uint8Array {
  const { mac } = host.interfaces[0];
  if (mac === null) throw new Error(`${name} has no hardware address`);
  return mac;
}
