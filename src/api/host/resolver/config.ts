import { z } from 'zod';
import { QuipuError } from '../../../contract/error.js';
import { addressBytes, addressText } from '../inet-text.js';
import type { NameServer, ResolverSettings } from './contract.js';
import { plainName } from './names.js';

const DNS_PORT = 53;

const server = z
  .string()
  .refine(
    (text) => parseServer(text) !== null,
    'expected 10.0.0.53, fd00::53, 10.0.0.53:5353 or [fd00::53]:5353',
  );

const domain = z.string().refine((text) => plainName(text) !== null, 'not a domain name');

/** How a host finds names by DNS. */
export const resolverSchema = z.strictObject({
  /** Addresses of servers, with port numbers where they are not 53. */
  servers: z.array(server).min(1).max(8),
  /** Domains that are put behind names with fewer dots than `ndots` (default 1). */
  search: z.array(domain).max(32).exactOptional(),
  ndots: z.int().min(0).max(15).exactOptional(),
  /** Milliseconds that an answer is waited for. Default: 5000. */
  timeout: z.int().min(1).max(30_000).exactOptional(),
  /** How often each server is asked. Default: 2. */
  attempts: z.int().min(1).max(5).exactOptional(),
});

/** The same, as `createHost` takes it. */
export type ResolverOptions = Readonly<z.infer<typeof resolverSchema>>;

/** Settings with their defaults: those of resolv.conf(5). Throws QuipuError bad-config: which option is wrong. */
export function resolverSettings(options: ResolverOptions): ResolverSettings {
  const parsed = resolverSchema.safeParse(options);
  if (!parsed.success) {
    const [{ path, message }] = parsed.error.issues;
    throw new QuipuError('bad-config', `${['resolver', ...path].join('.')}: ${message}`);
  }
  const { servers, search = [], ndots = 1, timeout = 5000, attempts = 2 } = parsed.data;
  return {
    ...{ search, ndots, attempts, timeout: 1000 * timeout },
    servers: servers.flatMap((text) => parseServer(text) ?? []),
  };
}

function parseServer(text: string): NameServer | null {
  const [, bracketed, plain, digits] =
    /^(?:\[([^\]]+)\]|([^[\]:]+|[^[\]]*:[^[\]]*:[^[\]]*))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const address = addressBytes(bracketed ?? plain ?? '');
  const port = digits === undefined ? DNS_PORT : Number(digits);
  return address !== null && port > 0 && port < 65_536 ? { address: addressText(address), port } : null;
}
