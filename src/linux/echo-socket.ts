import { QuipuError } from '../contract/error.js';
import {
  emitIcmpEcho,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMP_HEADER,
  ICMPV6_ECHO_REPLY,
  ICMPV6_ECHO_REQUEST,
  icmpEchoId,
  icmpEchoSequence,
  icmpType,
} from '../wire/icmp.js';
import { ipv4HeaderLength, isIpv4 } from '../wire/ipv4.js';
import { Arena } from './arena.js';
import { Errno } from './errno.js';
import { parseInetAddress } from './inet-address.js';
import { errno, libc } from './libc.js';
import { osError } from './os-error.js';
import { Poller } from './poll.js';

const AF_INET6 = 10;
const SOCK_RAW_NONBLOCK_CLOEXEC = 3 | 0x800 | 0x80000;
const IPPROTO_ICMP = 1;
const IPPROTO_ICMPV6 = 58;
const BUFFER = 2048;
/** Bytes behind the header of a request, as ping(8) has them. */
const PAYLOAD = 56;

/** Asks one host for echoes (RFC 792, RFC 4443 §4), in this thread's network namespace. */
export class EchoSocket {
  private readonly libc = libc();
  private readonly fd: number;
  private readonly isIpv6: boolean;
  private readonly id: number;
  private readonly poller = new Poller();
  private readonly buffer = new Arena().allocate(BUFFER).bytes;

  /** `id`, 16 bits, tells its echoes from those of other programs. Throws QuipuError. */
  constructor(host: string, id: number) {
    const address = parseInetAddress(host.includes(':') ? `[${host}]:0` : `${host}:0`);
    if (address === null) {
      throw new QuipuError('bad-request', `${JSON.stringify(host)} is no IPv4 or IPv6 address to be pinged`);
    }
    this.id = id & 0xffff;
    this.isIpv6 = address.family === AF_INET6;
    const protocol = this.isIpv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;
    this.fd = this.libc.socket(address.family, SOCK_RAW_NONBLOCK_CLOEXEC, protocol);
    if (this.fd < 0) throw osError(`cannot ping ${host}`, errno(), 'it needs root or CAP_NET_RAW');
    // Connected, it gets what comes from that host only.
    if (this.libc.connect(this.fd, address.bytes, address.bytes.length) !== 0) {
      const failed = errno();
      this.libc.close(this.fd);
      throw osError(`cannot ping ${host}`, failed);
    }
    this.poller.add(this.fd);
  }

  /** Sends a request. What keeps it from being sent now may be over the next time: it is as good as lost. */
  ask(sequence: number): void {
    const type = this.isIpv6 ? ICMPV6_ECHO_REQUEST : ICMP_ECHO_REQUEST;
    // With IPv6 the kernel puts its own checksum in.
    emitIcmpEcho(this.buffer, 0, type, this.id, sequence & 0xffff, PAYLOAD);
    this.libc.send(this.fd, this.buffer, ICMP_HEADER + PAYLOAD, 0);
  }

  /** Waits up to so many milliseconds for an answer: true when one to `sequence` has come. */
  hears(sequence: number, milliseconds: number): boolean {
    if (this.poller.wait(milliseconds) === 0) return false;
    for (;;) {
      const length = this.libc.recv(this.fd, this.buffer, BUFFER, 0);
      if (length < 0) {
        if (errno() === Errno.EINTR) continue;
        return false; // nothing more, or an error message about what was sent
      }
      if (this.isAnswer(length, sequence & 0xffff)) return true;
    }
  }

  close(): void {
    this.poller.remove(this.fd);
    this.libc.close(this.fd);
  }

  private isAnswer(length: number, sequence: number): boolean {
    const { buffer } = this;
    // A raw socket of IPv4 gives the IP header, too.
    if (!this.isIpv6 && !isIpv4(buffer, 0, length)) return false;
    const at = this.isIpv6 ? 0 : ipv4HeaderLength(buffer, 0);
    if (length < at + ICMP_HEADER) return false;
    const type = this.isIpv6 ? ICMPV6_ECHO_REPLY : ICMP_ECHO_REPLY;
    return (
      icmpType(buffer, at) === type &&
      icmpEchoId(buffer, at) === this.id &&
      icmpEchoSequence(buffer, at) === sequence
    );
  }
}
