import { z } from 'zod';
import { failWith, faultsOf } from '../../control/graph-check.js';
import { readYaml } from '../../control/yaml-text.js';
import { unknownFirst } from '../../engine/config-faults.js';
import { parseMac } from '../../wire/ethernet.js';
import { parseNetwork } from '../host/address-text.js';
import { addressBytes } from '../host/inet-text.js';

const address = z
  .string()
  .refine((text) => addressBytes(text.replace(/%.*$/, '')) !== null, 'not an IP address');

const network = z.string().refine((text) => {
  try {
    parseNetwork(text);
    return true;
  } catch {
    return false;
  }
}, 'expected an address and the length of its network, 10.0.0.2/24');

const link = z.strictObject({
  name: z.string().min(1),
  /** Device name, or a link with its kind and options. */
  link: z.union([z.string().min(1), z.looseObject({ kind: z.string() })]),
  mac: z.string().refine((text) => parseMac(text) !== null, 'expected six bytes, 02:00:00:00:00:01'),
  mtu: z.int().min(576).max(65_535).exactOptional(),
  addresses: z.array(network).min(1),
  ipv6: z.enum(['off', 'link-local', 'auto']).exactOptional(),
  check: z.enum(['before', 'meanwhile', 'off']).exactOptional(),
});

const schema = z.strictObject({
  name: z.string().min(1),
  links: z.array(link).min(1),
  gateway: z.union([address, z.array(address)]).exactOptional(),
  /** Addresses of names, as in /etc/hosts. */
  names: z.record(z.string(), z.union([address, z.array(address).min(1)])).default({}),
  /** Who is asked for other names: nobody, or Node's `dns.lookup`, which asks by the kernel's network. */
  resolver: z.enum(['none', 'system']).default('none'),
  /** Whose are 127.0.0.0/8, ::1 and localhost. */
  loopback: z.enum(['kernel', 'host']).default('kernel'),
});

/** The host that a program is put on by `quipu/register`. */
export type RegisterConfig = z.infer<typeof schema>;

/** Reads the file. Throws QuipuError bad-config that tells each fault as `file:line:column: …`. */
export function parseConfig(text: string, fileName: string): RegisterConfig {
  const { value, places } = readYaml(text, fileName);
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = unknownFirst(parsed.error.issues);
  return failWith(
    issues.flatMap((issue) => faultsOf(issue, [], value, schema, places)),
    places,
  );
}
