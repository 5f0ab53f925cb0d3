import { abort } from '../../stack/tcp/operate.js';
import { writeU16 } from '../../wire/bytes.js';
import { ETHERNET_HEADER, ETHERTYPE_IPV4, ETHERTYPE_IPV6, emitEthernet } from '../../wire/ethernet.js';
import { emitIpv4, IPV4_HEADER, PROTOCOL_TCP } from '../../wire/ipv4.js';
import { emitIpv6, IPV6_HEADER } from '../../wire/ipv6.js';
import { emitTcp, TCP_ACK, TCP_FIN, TCP_HEADER, TCP_PSH, TCP_RST, TCP_SYN, TCP_URG } from '../../wire/tcp.js';
import { UnderFire } from '../network/under-fire.js';
import type { Dice } from '../random-transfer.js';
import type { LabUser } from '../tcp-lab.js';
import { repair } from './repair.js';

const PORT = 81;
const BYTES = new Uint8Array(300_000).fill(0x56);
const MOST_DATA = 1400;
const foeMac = Uint8Array.of(2, 0xee, 0, 0, 0, 1);
/** Words of options: those of segments, and what they should not be. */
const OPTIONS: readonly (readonly number[])[] = [
  [1, 1, 8, 10, 0, 0, 0, 9, 0, 0, 0, 8],
  [1, 1, 5, 10, 0, 0, 4, 0, 0, 0, 5, 0],
  [1, 1, 5, 26, ...Array<number>(24).fill(0xff)],
  [2, 4, 0, 0],
  [3, 3, 255, 1],
  [8, 255, 8, 0],
  [5, 2, 5, 3],
  [0, 0, 0, 0],
];
/**
 * How connections end in which anybody may say anything in the peer's name: RFC 5961 keeps out only those who see nothing. One
 * that is reset in its handshake was refused.
 */
const ENDS: readonly (string | null)[] = [null, 'ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'ETIMEDOUT'];

/**
 * Somebody who sees everything and forges in the client's name: segments of its connection, in the window, checksums right.
 * Such a connection may be reset, hang or carry other bytes. It must come to an end, harm no other one, and leave nothing.
 */
export class Insider {
  private readonly scene: UnderFire;
  private readonly over: 4 | 6;
  private readonly users: LabUser[] = [];
  private readonly served: LabUser[];

  constructor(scene: UnderFire, over: 4 | 6) {
    this.scene = scene;
    this.over = over;
    this.served = scene.server.listen(PORT, (user) => {
      user.write(BYTES);
    });
  }

  /** How many connections there were. */
  get count(): number {
    return this.users.length;
  }

  /** A frame for one of the connections that are; opens another one when the last is no more. */
  next(dice: Dice): Uint8Array {
    const alive = this.served.filter(({ over }) => !over);
    const last = this.users.at(-1);
    // A server that was reset tells nobody: a client that has nothing to send any more never hears of it.
    const isDead = last !== undefined && alive.length === 0 && last.events.includes('established');
    if (last === undefined || last.over || isDead) this.open();
    return this.forge(alive.length > 0 ? dice.oneOf(...alive) : null, dice);
  }

  /** Resets what still is, and answers ends that none of them should have come to. */
  finish(): string[] {
    const { client, server } = this.scene;
    for (const user of this.users) if (!user.over) client.do(() => abort(user.connection, 'ECONNABORTED'));
    for (const user of this.served) if (!user.over) server.do(() => abort(user.connection, 'ECONNABORTED'));
    return [...this.users, ...this.served]
      .filter(({ failure }) => !ENDS.includes(failure))
      .map(({ failure }) => `a connection under attack ended as ${failure}`);
  }

  private open(): void {
    const to = this.over === 4 ? UnderFire.serverAddress : UnderFire.serverAddress6;
    this.users.push(
      this.scene.client.connect(to, PORT, (user) => {
        user.write(BYTES);
      }),
    );
  }

  private forge(user: LabUser | null, dice: Dice): Uint8Array {
    const options = dice.often(50) ? dice.oneOf(...OPTIONS) : [];
    const size = TCP_HEADER + options.length + (dice.often(50) ? dice.magnitude(1, MOST_DATA) : 0);
    const { frame, at } = this.packet(size);
    const connection = user?.connection;
    const seq =
      (connection?.rcvNxt ?? dice.upTo(2 ** 31)) + dice.oneOf(0, 0, 1, -1, -1000, dice.upTo(60_000));
    const ack = (connection?.sndNxt ?? 0) + dice.oneOf(0, 0, 1, -1, -1448, -dice.upTo(60_000));
    const flags = dice.often(97) ? dice.oneOf(TCP_ACK, TCP_ACK | TCP_PSH, TCP_ACK | TCP_URG) : oddFlags(dice);
    const window = dice.oneOf(0, 1, 1000, 0xffff);
    emitTcp(frame, at, connection?.path.remotePort ?? 5, PORT, seq, ack, flags, window);
    frame[at + 12] = ((TCP_HEADER + options.length) / 4) << 4;
    frame.set(options, at + TCP_HEADER);
    if (dice.often(20)) writeU16(frame, at + 18, dice.oneOf(0, 1, 0xffff));
    if (dice.often(20)) frame[at + 12 + dice.upTo(size - 13)] ^= 1 << dice.upTo(7);
    if (dice.often(98)) repair(frame);
    return frame;
  }

  /** A frame with room for a segment of so many bytes, and where that begins. */
  private packet(size: number): { frame: Uint8Array; at: number } {
    const header = this.over === 4 ? IPV4_HEADER : IPV6_HEADER;
    const at = ETHERNET_HEADER + header;
    const frame = new Uint8Array(at + size);
    const type = this.over === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
    emitEthernet(frame, 0, this.scene.serverMac, foeMac, type);
    const { clientAddress, serverAddress, clientAddress6, serverAddress6 } = UnderFire;
    if (this.over === 4) {
      emitIpv4(frame, ETHERNET_HEADER, header + size, 1, 64, PROTOCOL_TCP, clientAddress, serverAddress);
    } else emitIpv6(frame, ETHERNET_HEADER, size, PROTOCOL_TCP, 64, clientAddress6, serverAddress6);
    return { frame, at };
  }
}

function oddFlags(dice: Dice): number {
  return dice.oneOf(
    TCP_SYN,
    TCP_RST,
    TCP_RST | TCP_ACK,
    TCP_FIN | TCP_ACK,
    TCP_SYN | TCP_ACK,
    0,
    dice.upTo(255),
  );
}
