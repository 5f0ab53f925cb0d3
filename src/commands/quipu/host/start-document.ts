import { createHash } from 'node:crypto';
import { parseNetwork } from '../../../api/host/address-text.js';
import { addressBytes } from '../../../api/host/inet-text.js';
import { QuipuError } from '../../../contract/error.js';
import type { LinkSpec } from '../../../contract/link.js';
import { HOST_NAME } from '../../../control/socket-path.js';
import { parseMac } from '../../../wire/ethernet.js';

/** What the command line says of a host with one link. */
export interface StartOptions {
  readonly link?: string;
  readonly address?: readonly string[];
  readonly gateway?: readonly string[];
  readonly mac?: string;
  readonly mtu?: number;
  readonly forwarding?: boolean;
}

/** The host's file that stands for the options (docs/host-config.md). Throws QuipuError that names the option at fault. */
export function startDocument(name: string, options: StartOptions): Record<string, unknown> {
  const { link, address = [], gateway = [], mac, mtu, forwarding } = options;
  checkName(name);
  if (link === undefined) {
    throw new QuipuError(
      'bad-request',
      `--link: say by which link host ${name} is joined, as in --link tap:tap0`,
    );
  }
  if (address.length === 0) {
    throw new QuipuError(
      'bad-request',
      `--address: give host ${name} an address, as in --address 10.0.0.2/24`,
    );
  }
  address.forEach(checkOwnAddress);
  gateway.forEach(checkGateway);
  const { label, spec } = linkOf(link);
  const hardware = macFor(spec, mac, `${name} ${label}`);
  return {
    name,
    links: [
      {
        ...{ name: label, link: spec, addresses: address },
        ...(hardware === undefined ? {} : { mac: hardware }),
        ...(mtu === undefined ? {} : { mtu }),
      },
    ],
    ...(gateway.length === 0 ? {} : { gateway }),
    ...(forwarding ? { forwarding } : {}),
  };
}

function checkName(name: string): void {
  if (HOST_NAME.test(name)) return;
  const remedy = /[./]/.test(name)
    ? 'a file describes a host by itself, leave the options out'
    : 'it begins with a letter; up to 31 letters, digits, "_" and "-" follow';
  throw new QuipuError('bad-request', `${name} is no name of a host: ${remedy}`);
}

function checkOwnAddress(text: string): void {
  const fail = (why: string): never => {
    throw new QuipuError('bad-request', `--address ${why}`);
  };
  try {
    parseNetwork(text);
  } catch (error) {
    fail((error as Error).message);
  }
  if (text.includes('/')) return;
  fail(`${text}: say how long its network is, as in ${text}/${text.includes(':') ? 64 : 24}`);
}

function checkGateway(text: string): void {
  if (addressBytes(text.replace(/%.*$/, '')) !== null) return;
  throw new QuipuError(
    'bad-request',
    `--gateway ${text} is no IP address: write 10.0.0.1, or 2001:db8::1; a route to a network: quipu host route add`,
  );
}

/** The hardware address that was given, or one made of a name; none on a tun device, which has no link headers. */
function macFor(spec: string | LinkSpec, given: string | undefined, name: string): string | undefined {
  const isTun = typeof spec !== 'string' && spec.kind === 'tun';
  if (given === undefined) return isTun ? undefined : macOf(name);
  if (isTun) throw new QuipuError('bad-request', '--mac: a tun device has no link headers: leave it out');
  const bytes = parseMac(given);
  if (bytes !== null && (bytes[0] & 1) === 0) return given;
  throw new QuipuError(
    'bad-request',
    `--mac ${given}: write six bytes, the first of them even, 02:00:00:00:00:01`,
  );
}

/**
 * `tap:DEVICE`, `tun:DEVICE`, `node:BLOCK` of the daemon, a link as JSON (`{"kind": …}`), or the name of a device; with the
 * name that the interface is to have. Throws QuipuError.
 */
export function linkOf(text: string): { label: string; spec: string | LinkSpec } {
  if (text.trimStart().startsWith('{')) return { label: 'link', spec: jsonLink(text) };
  const [kind, rest] = text.includes(':')
    ? [text.slice(0, text.indexOf(':')), text.slice(text.indexOf(':') + 1)]
    : ['', text];
  if (rest === '') throw new QuipuError('bad-request', `--link ${text}: a name is missing, as in tap:tap0`);
  switch (kind) {
    case '':
      return { label: rest, spec: rest };
    case 'tap':
    case 'tun':
      return { label: rest, spec: { kind, device: rest } };
    case 'node':
      return { label: rest, spec: { kind, on: rest } };
    default:
      throw new QuipuError(
        'bad-request',
        `--link ${text}: write tap:DEVICE, tun:DEVICE, node:BLOCK, a device, or {"kind": …} with its options`,
      );
  }
}

function jsonLink(text: string): LinkSpec {
  let spec: Partial<LinkSpec>;
  try {
    spec = JSON.parse(text) as Partial<LinkSpec>; // the daemon checks the rest
  } catch (error) {
    throw new QuipuError('bad-request', `--link: ${(error as Error).message}`);
  }
  const { kind } = spec;
  if (typeof kind === 'string') return { ...spec, kind };
  throw new QuipuError(
    'bad-request',
    `--link ${text}: its kind is missing, as in {"kind": "tap", "device": "tap0"}`,
  );
}

/** A hardware address of its own for a name, always the same: locally administered, of one station. */
export function macOf(name: string): string {
  const bytes = createHash('sha256').update(name).digest().subarray(0, 6);
  bytes[0] = (bytes[0] & 0xfc) | 0x02;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
