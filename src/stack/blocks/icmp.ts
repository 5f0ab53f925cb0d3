import { z } from 'zod';
import type { Block, BlockClass, BlockContext } from '../../contract/block.js';
import { EGRESS } from '../../contract/direction.js';
import type { Frame } from '../../contract/frame.js';
import { CONSUMED, drop } from '../../contract/outcome.js';
import { writeU16 } from '../../wire/bytes.js';
import { internetChecksum } from '../../wire/checksum.js';
import {
  ICMP_CHECKSUM,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMPV6_ECHO_REPLY,
  ICMPV6_ECHO_REQUEST,
  icmpType,
  isIcmp,
} from '../../wire/icmp.js';
import {
  completeIpv4,
  IPV4_DESTINATION,
  IPV4_SOURCE,
  ipv4HeaderLength,
  PROTOCOL_ICMPV6,
} from '../../wire/ipv4.js';
import {
  IPV6_DESTINATION,
  IPV6_HEADER,
  IPV6_SOURCE,
  ipv6HeaderLength,
  ipv6PseudoSum,
} from '../../wire/ipv6.js';
import { type Host, isGroup } from '../host.js';
import type { Hosts } from '../hosts.js';
import { hostOption } from './options.js';

const MALFORMED = drop(0);
const BAD_CHECKSUM = drop(1);
const TO_GROUP = drop(2);
const HEADERS_IN_FRONT = drop(3);

const config = z.strictObject({ host: hostOption });

/** Makes the type of block that is the ICMP of a host, of both families. */
export function icmpType4and6(hosts: Hosts): BlockClass {
  return class Icmp implements Block {
    static readonly kind = 'icmp';
    static readonly summary = 'the ICMP of a host: answers echoes';
    static readonly mode = 'dual';
    static readonly ports = { ingress: 0, egress: 1 };
    static readonly config = config;
    static readonly mainOption = 'host';
    static readonly counters = { messages: 'messages that came', echoes: 'echoes answered' };
    static readonly drops = {
      malformed: 'no whole ICMP header',
      'bad-checksum': 'its checksum is wrong',
      'to-group': 'an echo request to a group',
      'extension-headers': 'an echo request behind extension headers',
    };
    static readonly portable = false;

    messages = 0;
    echoes = 0;
    readonly host: Host;

    constructor(context: BlockContext, options: z.infer<typeof config>) {
      this.host = hosts.get(options.host, context);
    }

    receive(frame: Frame): number {
      const { bytes, start, length } = frame;
      const isFour = bytes[start] >>> 4 === 4;
      const header = isFour ? ipv4HeaderLength(bytes, start) : ipv6HeaderLength(bytes, start, length);
      const size = length - header;
      const at = start + header;
      if (!isIcmp(size)) return MALFORMED;
      const pseudo = isFour ? 0 : ipv6PseudoSum(bytes, start, PROTOCOL_ICMPV6, size);
      if (internetChecksum(bytes, at, size, pseudo) !== 0) return BAD_CHECKSUM;
      this.messages++;
      const type = icmpType(bytes, at);
      if (type !== (isFour ? ICMP_ECHO_REQUEST : ICMPV6_ECHO_REQUEST)) return CONSUMED;
      if (isGroup(bytes, start + (isFour ? IPV4_DESTINATION : IPV6_DESTINATION), isFour ? 4 : 16))
        return TO_GROUP;
      if (!isFour && header !== IPV6_HEADER) return HEADERS_IN_FRONT;
      // The request goes back as the answer: addresses changed about, the rest as it came (RFC 792, RFC 4443 §4.2).
      this.echoes++;
      if (isFour) {
        swap(bytes, start + IPV4_SOURCE, 4);
        bytes[start + 8] = this.host.hopLimit;
        completeIpv4(bytes, start);
      } else {
        swap(bytes, start + IPV6_SOURCE, 16);
        bytes[start + 7] = this.host.hopLimit;
      }
      bytes[at] = isFour ? ICMP_ECHO_REPLY : ICMPV6_ECHO_REPLY;
      writeU16(bytes, at + ICMP_CHECKSUM, 0);
      writeU16(bytes, at + ICMP_CHECKSUM, internetChecksum(bytes, at, size, pseudo));
      frame.direction = EGRESS;
      return EGRESS;
    }
  };
}

/** Changes an address with the one behind it. */
function swap(bytes: Uint8Array, at: number, length: number): void {
  for (let i = at; i < at + length; i++) {
    const byte = bytes[i];
    bytes[i] = bytes[i + length];
    bytes[i + length] = byte;
  }
}
