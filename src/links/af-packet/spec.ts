import { z } from 'zod';
import type { LinkSpec } from '../../contract/link.js';
import { badOptions } from '../fault.js';

/** Options of an `af-packet` link: a real network interface. */
export const afPacketSpec = z.strictObject({
  kind: z.literal('af-packet'),
  device: z.string().min(1).describe('name of the network interface'),
  promiscuous: z.boolean().default(false).describe('also frames that are addressed to others'),
  exclusive: z.boolean().default(false).describe('the kernel gets none of the frames (Linux 6.6)'),
  receiveBuffer: z
    .number()
    .int()
    .min(1)
    .max(1 << 30)
    .default(16 << 20)
    .describe('bytes of kernel memory for frames that wait to be read'),
  batch: z.number().int().min(1).max(1024).default(64).describe('frames moved by one system call'),
});
export type AfPacketSpec = z.output<typeof afPacketSpec>;

/** Checks the options. Throws QuipuError bad-config. */
export function parseAfPacketSpec(spec: LinkSpec): AfPacketSpec {
  const checked = afPacketSpec.safeParse(spec);
  if (checked.success) return checked.data;
  throw badOptions('af-packet', checked.error.issues);
}
