import { z } from 'zod';
import type { Block, BlockContext } from '../../contract/block.js';
import { INGRESS } from '../../contract/direction.js';
import type { Frame } from '../../contract/frame.js';
import { drop } from '../../contract/outcome.js';
import { IPV4_HEADER } from '../../wire/ipv4.js';
import { withFixedOffset } from '../fixed-offset.js';
import { ROUTE_PORTS, readRoutes } from './read-routes.js';
import { buildTable } from './route-table.js';

const LEAST = IPV4_HEADER;
const TOO_SHORT = drop(0);
const NO_ROUTE = drop(1);

const config = z.strictObject({
  routes: z
    .union([z.string(), z.array(z.string())])
    .default([])
    .describe(
      'a list, or one text with a route a line: "10.0.0.0/8 via 192.0.2.1 port 1", "10.1.0.0/16 port 0"',
    ),
  offset: z.int().min(0).max(256).default(0).describe('where the IP header begins in the frame, in bytes'),
});

/**
 * Sends IPv4 packets by the longest prefix that covers their destination (RFC 1812 §5.2.4.3) and notes the next hop with the
 * frame: the route's gateway, or the destination where there is none. IPv6 is out of its scope.
 */
export class Route implements Block {
  static readonly kind = 'route';
  static readonly summary = 'sends IPv4 packets where the longest matching prefix says';
  static readonly mode = 'dual';
  static readonly ports = { ingress: ROUTE_PORTS, egress: 0 };
  static readonly config = config;
  static readonly mainOption = 'routes';
  static readonly counters = { packets: 'packets for which there was a route' };
  static readonly drops = {
    'too-short': 'shorter than an IPv4 header',
    'no-route': 'no prefix of the table covers its destination',
  };
  static readonly uses = { INGRESS, LEAST, TOO_SHORT, NO_ROUTE };

  packets = 0;
  offset = 0;
  routes = 0;
  /** See `route-table.ts`. */
  table: Int32Array = new Int32Array(0);
  /** By hop: the gateway, and the port. */
  gateways: Int32Array = new Int32Array(0);
  exits: Uint8Array = new Uint8Array(0);

  constructor(_context: BlockContext, options: z.infer<typeof config>) {
    this.configure(options);
  }

  configure(options: z.infer<typeof config>): void {
    const routes = readRoutes(options.routes, 'routes');
    const table = buildTable(routes);
    this.table = table;
    this.gateways = routes.gateways;
    this.exits = routes.exits;
    this.routes = routes.count;
    this.offset = options.offset;
  }

  inline(): string {
    return withFixedOffset(this);
  }

  receive(frame: Frame): number {
    if (frame.length < this.offset + LEAST) return TOO_SHORT;
    const target = frame.u32(this.offset + 16) | 0;
    const table = this.table;
    let entry = table[target >>> 16];
    if (entry < 0) {
      entry = table[((target >>> 8) & 255) - entry];
      if (entry < 0) {
        entry = table[((target >>> 4) & 15) - entry];
        if (entry < 0) entry = table[(target & 15) - entry];
      }
    }
    if (entry === 0) return NO_ROUTE;
    const gateway = this.gateways[entry];
    frame.nextHop = (gateway === 0 ? target : gateway) >>> 0;
    // What comes from above is on its way down; from here on every packet goes the way that its route says.
    frame.direction = INGRESS;
    this.packets++;
    return this.exits[entry];
  }

  details(): Record<string, unknown> {
    return { routes: this.routes, tableBytes: this.table.byteLength };
  }
}
