import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import { z } from 'zod';
import { QuipuError } from '../contract/error.js';
import type { Link, LinkContext, LinkSpec } from '../contract/link.js';
import { badOptions } from '../links/fault.js';
import { PcapIn } from '../links/pcap/pcap-in.js';
import { PcapOut } from '../links/pcap/pcap-out.js';

const inputSpec = z.strictObject({
  kind: z.literal('pcap'),
  file: z.string().min(1),
  speed: z.enum(['original', 'max']).default('original'),
  loop: z.int().min(0).default(1).describe('how often it is played; 0 is without end'),
});

const outputSpec = z.strictObject({
  kind: z.literal('pcap-out'),
  file: z.string().min(1),
  format: z.enum(['pcap', 'pcapng']).default('pcapng'),
});

/** A link whose file is closed with it. */
function withFile(link: Link, fd: number): Link {
  const close = link.close.bind(link);
  let open = true;
  link.close = () => {
    close();
    if (open) closeSync(fd);
    open = false;
  };
  return link;
}

export function openPcapFile(spec: LinkSpec, context: LinkContext): Link {
  const { file, speed, loop } = check(inputSpec, spec);
  const fd = openFile(file, constants.O_RDONLY);
  let position = 0;
  const read = (max: number) => {
    const chunk = Buffer.allocUnsafe(Math.min(max, 1 << 20));
    const count = readSync(fd, chunk, 0, chunk.length, position);
    position += count;
    return count === 0 ? null : chunk.subarray(0, count);
  };
  const rewind = () => {
    position = 0;
  };
  return withFile(new PcapIn(context, read, { speed, loop, rewind, target: file }), fd);
}

export function openPcapOutput(spec: LinkSpec, context: LinkContext): Link {
  const { file, format } = check(outputSpec, spec);
  const fd = openFile(file, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC);
  const sink = (chunk: Uint8Array) => {
    for (let from = 0; from < chunk.length; ) from += writeSync(fd, chunk, from);
    return true;
  };
  return withFile(new PcapOut(context, sink, { format, target: file }), fd);
}

/** Opens without waiting: a named pipe without its other end would stop the whole engine. */
function openFile(file: string, flags: number): number {
  let fd: number;
  try {
    fd = openSync(file, flags | constants.O_NONBLOCK);
  } catch (error) {
    throw new QuipuError('link-failed', `capture file ${file}: ${(error as Error).message}`);
  }
  const kind = fstatSync(fd);
  if (kind.isFile() || kind.isCharacterDevice()) return fd;
  closeSync(fd);
  throw new QuipuError(
    'link-failed',
    `capture file ${file}: it is a pipe, a folder or a socket; name a file`,
  );
}

function check<T>(schema: z.ZodType<T>, spec: LinkSpec): T {
  const parsed = schema.safeParse(spec);
  if (parsed.success) return parsed.data;
  throw badOptions(spec.kind, parsed.error.issues);
}
