import { z } from 'zod';
import type { LinkSpec } from '../../contract/link.js';
import { badOptions } from '../fault.js';

/** Ways to take frames from the kernel; `xdp` sends too. */
export const ioModes = ['auto', 'ring', 'recvmmsg', 'xdp'] as const;
export type IoMode = (typeof ioModes)[number];
/** Those that a packet socket has. */
export type PacketIo = Exclude<IoMode, 'xdp'>;

/** Default for frames that wait at the socket: some 20,000 small ones, or 200 super-frames. */
export const RECEIVE_BUFFER = 16 << 20;
/** The same for a ring: some 3,800 frames of any length. A longer one is slower, because it does not stay in the cache. */
export const RING_BYTES = 8 << 20;

/** Options of an `af-packet` link: a real network interface. */
export const afPacketSpec = z.strictObject({
  kind: z.literal('af-packet'),
  device: z.string().min(1).describe('name of the network interface'),
  promiscuous: z.boolean().default(false).describe('also frames that are addressed to others'),
  exclusive: z
    .boolean()
    .optional()
    .describe('the kernel gets none of the frames (Linux 6.6); always so with io xdp'),
  receiveBuffer: z
    .number()
    .int()
    .min(1)
    .max(1 << 30)
    .optional()
    .describe('bytes of kernel memory for frames that wait to be read'),
  io: z
    .enum(ioModes)
    .optional()
    .describe(
      'how frames come in: ring (mapped, no copy), recvmmsg, xdp (AF_XDP), or auto: the ring if there is one to be had',
    ),
  batch: z.number().int().min(1).max(1024).default(64).describe('frames moved by one system call'),
});
export type AfPacketSpec = z.output<typeof afPacketSpec>;

/** Checks the options. Throws QuipuError bad-config. */
export function parseAfPacketSpec(spec: LinkSpec): AfPacketSpec {
  const checked = afPacketSpec.safeParse(spec);
  if (checked.success) return checkXdp(checked.data);
  throw badOptions('af-packet', checked.error.issues);
}

function checkXdp(spec: AfPacketSpec): AfPacketSpec {
  if (spec.io !== 'xdp' || spec.exclusive !== false) return spec;
  const message = 'io xdp takes the frames from the kernel: leave exclusive out, or use another io';
  throw badOptions('af-packet', [{ path: ['exclusive'], message }]);
}
