import { z } from 'zod';
import type { LinkSpec } from '../../contract/link.js';
import { badOptions } from '../fault.js';

const endPoint = z
  .string()
  .regex(
    /^(\[[0-9a-fA-F:.]+(%[^\]]+)?\]|[0-9.]+):[0-9]{1,5}$/,
    'not an address like 192.0.2.1:7000 or [2001:db8::1]:7000',
  );

/** Options of a `udp` link: a tunnel that carries one Ethernet frame in a datagram. */
export const udpSpec = z.strictObject({
  kind: z.literal('udp'),
  local: endPoint.describe('address and port of this node'),
  remote: endPoint.describe('address and port of the other node'),
  receiveBuffer: z
    .number()
    .int()
    .min(1)
    .max(1 << 30)
    .default(4 << 20)
    .describe('bytes of kernel memory for datagrams that wait to be read'),
  batch: z.number().int().min(1).max(1024).default(64).describe('frames moved by one system call'),
});
export type UdpSpec = z.output<typeof udpSpec>;

/** Checks the options. Throws QuipuError bad-config. */
export function parseUdpSpec(spec: LinkSpec): UdpSpec {
  const checked = udpSpec.safeParse(spec);
  if (checked.success) return checked.data;
  throw badOptions('udp', checked.error.issues);
}
