import { createHash } from 'node:crypto';
import { QuipuError } from '../../../contract/error.js';
import type { LinkSpec } from '../../../contract/link.js';

/** What the command line says of a host with one link. */
export interface StartOptions {
  readonly link?: string;
  readonly address?: readonly string[];
  readonly gateway?: readonly string[];
  readonly mac?: string;
  readonly mtu?: number;
  readonly forwarding?: boolean;
}

/** The host's file that stands for the options (docs/host-config.md). Throws QuipuError: what is missing, or no link. */
export function startDocument(name: string, options: StartOptions): Record<string, unknown> {
  const { link, address = [], gateway, mac, mtu, forwarding } = options;
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
  const { label, spec } = linkOf(link);
  return {
    name,
    links: [
      {
        ...{ name: label, link: spec, addresses: address, mac: mac ?? macOf(`${name} ${label}`) },
        ...(mtu === undefined ? {} : { mtu }),
      },
    ],
    ...(gateway === undefined ? {} : { gateway }),
    ...(forwarding ? { forwarding } : {}),
  };
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
  try {
    return JSON.parse(text) as LinkSpec; // the daemon checks it
  } catch (error) {
    throw new QuipuError('bad-request', `--link: ${(error as Error).message}`);
  }
}

/** A hardware address of its own for a name, always the same: locally administered, of one station. */
export function macOf(name: string): string {
  const bytes = createHash('sha256').update(name).digest().subarray(0, 6);
  bytes[0] = (bytes[0] & 0xfc) | 0x02;
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
