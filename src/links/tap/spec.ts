import { z } from 'zod';
import type { LinkSpec } from '../../contract/link.js';
import { parseMac } from '../../wire/ethernet.js';
import { badOptions } from '../fault.js';

/** Options of a `tap` or `tun` link: a network device of our own. */
export const tapSpec = z
  .strictObject({
    kind: z.enum(['tap', 'tun']),
    device: z.string().min(1).describe('name of the device to make'),
    mac: z
      .string()
      .refine((text) => parseMac(text) !== null, 'not a MAC address like 02:00:00:00:00:01')
      .optional()
      .describe('hardware address of the kernel’s side (tap only); default random'),
    mtu: z
      .number()
      .int()
      .min(68)
      .max(65535)
      .optional()
      .describe('bytes behind the link header; default 1500'),
    up: z.boolean().default(true).describe('set the device up at once'),
    offload: z
      .boolean()
      .default(false)
      .describe(
        'TCP segments of up to 64 KiB and unfinished checksums, both ways: for a host of Quipu’s alone',
      ),
  })
  .refine((spec) => spec.kind === 'tap' || spec.mac === undefined, 'a tun device has no MAC address');
export type TapSpec = z.output<typeof tapSpec>;

/** Checks the options. Throws QuipuError bad-config. */
export function parseTapSpec(spec: LinkSpec): TapSpec {
  const checked = tapSpec.safeParse(spec);
  if (checked.success) return checked.data;
  throw badOptions(spec.kind, checked.error.issues);
}
