import { z } from 'zod';
import { failWith, faultsOf, type Places } from '../../control/graph-check.js';
import { hostName } from '../../control/host-words.js';
import { readYaml } from '../../control/yaml-text.js';
import { linkKinds } from '../../daemon/link-kinds.js';
import { unknownFirst } from '../../engine/config-faults.js';
import { parseMac } from '../../wire/ethernet.js';
import { parseNetwork } from './address-text.js';
import { addressBytes } from './inet-text.js';
import { resolverSchema } from './resolver/config.js';

/** Kinds of link that a file may name: what applications open for themselves is not among them. */
const kinds = Object.keys(linkKinds).filter((kind) => kind !== 'shared');

const address = z
  .string()
  .refine((text) => addressBytes(text.replace(/%.*$/, '')) !== null, 'not an IP address');

const isNetwork = (text: string) => {
  try {
    parseNetwork(text);
    return true;
  } catch {
    return false;
  }
};

/** An address on a link: nobody means a network of one who leaves its length out. */
const ownAddress = z
  .string()
  .refine(
    (text) => text.includes('/') && isNetwork(text),
    'expected an address and the length of its network, 10.0.0.2/24',
  );

const network = z.string().refine(isNetwork, 'expected a network, 10.7.0.0/16');

const linkObject = z.looseObject({
  kind: z.string().refine((kind) => kinds.includes(kind), `the kinds of link are ${kinds.join(', ')}`),
});

const GROUP_MAC = 'it is the address of a group: the first byte of a station’s is even';

const link = z
  .strictObject({
    name: z.string().min(1).max(32),
    /** Device name, or a link with its kind and options. */
    link: z.union([z.string().min(1), linkObject]),
    mac: z
      .string()
      .refine((text) => parseMac(text) !== null, 'expected six bytes, 02:00:00:00:00:01')
      .exactOptional(),
    mtu: z.int().min(576).max(65_535).exactOptional(),
    addresses: z.array(ownAddress).min(1),
    ipv6: z.enum(['off', 'link-local', 'auto']).exactOptional(),
    check: z.enum(['before', 'meanwhile', 'off']).exactOptional(),
  })
  .superRefine(({ link, mac }, context) => {
    const bytes = mac === undefined ? null : parseMac(mac);
    if (bytes !== null && (bytes[0] & 1) === 1) {
      context.addIssue({ code: 'custom', path: ['mac'], message: GROUP_MAC });
    }
    const hasHeader = typeof link === 'string' || link.kind !== 'tun';
    if (hasHeader === (mac !== undefined)) return;
    const message = hasHeader
      ? 'expected six bytes, 02:00:00:00:00:01'
      : 'packets go without a link header on a tun device: leave it out';
    context.addIssue({ code: 'custom', path: ['mac'], message });
  });

const plainAddress = z.string().refine((text) => addressBytes(text) !== null, 'not an IP address');

const tunnel = z.strictObject({
  name: z.string().min(1).max(32),
  local: plainAddress,
  remote: plainAddress,
  addresses: z.array(ownAddress).min(1),
  routes: z.array(network).exactOptional(),
  hopLimit: z.int().min(1).max(255).exactOptional(),
  mtu: z.int().min(1280).max(65_535).exactOptional(),
});

const schema = z.strictObject({
  name: hostName,
  links: z.array(link).min(1),
  tunnels: z.array(tunnel).exactOptional(),
  gateway: z.union([address, z.array(address)]).exactOptional(),
  /** Packets for others are passed on between the links. */
  forwarding: z.boolean().exactOptional(),
  /** Path of its control socket; none without it. */
  control: z.string().min(1).exactOptional(),
  /** Addresses of names, as in /etc/hosts. */
  names: z.record(z.string(), z.union([address, z.array(address).min(1)])).default({}),
  /** Path of a file with more of the same: /etc/hosts. */
  hostsFile: z.string().min(1).exactOptional(),
  /**
   * Who is asked for other names: nobody, Node's `dns.lookup`, which asks by the kernel's network, or servers, by the host's own
   * UDP and TCP.
   */
  resolver: z.union([z.enum(['none', 'system']), resolverSchema]).default('none'),
  /** Whose are 127.0.0.0/8, ::1 and localhost, for a program put on the host by `quipu/register`. */
  loopback: z.enum(['kernel', 'host']).default('kernel'),
});

/** A host as a file describes it: docs/host-config.md. */
export type HostConfig = z.infer<typeof schema>;

/** Reads a file's text. Throws QuipuError bad-config that tells each fault as `file:line:column: …`. */
export function parseHostConfig(text: string, fileName: string): HostConfig {
  const { value, places } = readYaml(text, fileName);
  return checked(value, places);
}

/** Checks a document that has been read already. Throws QuipuError bad-config that tells each fault by its keys. */
export function checkHostConfig(document: unknown): HostConfig {
  return checked(document, noPlaces);
}

const noPlaces: Places = {
  ofValue: () => 0,
  ofKey: () => 0,
  label: (path) => path.map(String).join('.'),
  tell: (_offset, message) => message,
};

function checked(value: unknown, places: Places): HostConfig {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = unknownFirst(parsed.error.issues);
  return failWith(
    issues.flatMap((issue) => faultsOf(issue, [], value, schema, places)),
    places,
  );
}
