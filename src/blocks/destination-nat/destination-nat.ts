import { z } from 'zod';
import type { Block, BlockContext } from '../../contract/block.js';
import type { Frame } from '../../contract/frame.js';
import { outwardOption, outwardPort } from '../nat-direction.js';
import {
  addressOf,
  DESTINATION,
  examine,
  NOT_IPV4,
  natFaults,
  portOf,
  protocolOf,
  rewrite,
  SOURCE,
} from '../nat-rewrite.js';
import { ANY_PORT, findRule, portKey, ruleTables } from './rules.js';

const config = z.strictObject({
  rules: z
    .union([z.string(), z.array(z.string())])
    .describe('192.0.2.1:80/tcp -> 10.0.0.2:8080, …: external end, then inside end'),
  outward: outwardOption,
  offset: z.int().min(0).max(64).default(14).describe('bytes of link header before the IPv4 header'),
});
type Options = z.infer<typeof config>;

/**
 * Destination NAT for IPv4 with TCP and UDP: what comes in for an external address and port goes to an inside one, and what
 * that sends gets the external one as its source. One rule is one pair of ends, so no state is kept, nothing can
 * be full, and nothing times out.
 */
export class DestinationNat implements Block {
  static readonly kind = 'destination-nat';
  static readonly summary = 'leads IPv4 packets for an external address and port to an inside one, and back';
  static readonly mode = 'dual';
  static readonly ports = { ingress: 1, egress: 1 };
  static readonly config = config;
  static readonly mainOption = 'rules';
  static readonly counters = {
    inbound: 'packets that came in translated',
    outbound: 'packets that went out translated',
    passed: 'packets that no rule concerns',
  };
  static readonly drops = natFaults;
  static readonly uses = {
    NOT_IPV4,
    SOURCE,
    DESTINATION,
    ANY_PORT,
    examine,
    addressOf,
    portOf,
    protocolOf,
    rewrite,
    findRule,
    portKey,
  };

  inbound = 0;
  outbound = 0;
  passed = 0;
  toInside: Uint32Array = new Uint32Array(0);
  toExternal: Uint32Array = new Uint32Array(0);
  port = 0;
  /** 1 when addresses tell which frames go out. */
  byAddress = 0;
  offset = 0;

  constructor(_context: BlockContext, options: Options) {
    this.configure(options);
  }

  configure(options: Options): void {
    const { rules } = options;
    const texts = (typeof rules === 'string' ? rules.split(/[,\n]/) : rules).map((text) => text.trim());
    const { toInside, toExternal } = ruleTables(texts.filter((text) => text !== ''));
    this.toInside = toInside;
    this.toExternal = toExternal;
    this.port = outwardPort(options.outward);
    this.byAddress = options.outward === 'address' ? 1 : 0;
    this.offset = options.offset;
  }

  receive(frame: Frame): number {
    const at = this.offset;
    const kind = examine(frame, at);
    if (kind === NOT_IPV4) return kind;
    const comesIn =
      this.byAddress === 1
        ? findRule(this.toInside, frame.u32(at + 16), ANY_PORT) >= 0
        : frame.direction !== this.port;
    const side = comesIn ? DESTINATION : SOURCE;
    const port = comesIn ? 1 - this.port : this.port;
    frame.direction = port === 0 ? 0 : 1;
    if (kind < 0) {
      // It has no ports to look for: it may pass only if no rule has its address at all.
      const own = frame.u32(at + 12 + 4 * side);
      const found = comesIn
        ? findRule(this.toInside, own, ANY_PORT)
        : findRule(this.toExternal, own, ANY_PORT);
      if (found >= 0) return kind;
      this.passed++;
      return port;
    }
    const key = portKey(protocolOf(frame, at, kind), portOf(frame, at, kind, side));
    const address = addressOf(frame, at, kind, side);
    const rule = comesIn ? findRule(this.toInside, address, key) : findRule(this.toExternal, address, key);
    if (rule < 0) {
      this.passed++;
      return port;
    }
    if (comesIn) {
      this.inbound++;
      rewrite(frame, at, kind, side, this.toInside[rule + 2], this.toInside[rule + 3]);
    } else {
      this.outbound++;
      rewrite(frame, at, kind, side, this.toExternal[rule + 2], this.toExternal[rule + 3]);
    }
    return port;
  }
}
