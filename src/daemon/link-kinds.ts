import { z } from 'zod';
import { QuipuError } from '../contract/error.js';
import type { Link, LinkContext, LinkOpener, LinkSpec } from '../contract/link.js';
import { BelongsHome, HOME } from '../engine/crossing.js';
import { openAfPacket } from '../links/af-packet/link.js';
import { openRingLink } from '../links/shared/ring-link.js';
import { type Channel, SharedLink } from '../links/shared/shared.js';
import { openTap } from '../links/tap/link.js';
import { openUdp } from '../links/udp/link.js';
import { openPcapFile, openPcapOutput } from './capture-links.js';
import type { Place } from './place.js';

const sharedSpec = z.strictObject({ kind: z.literal('shared'), channel: z.int() });

/** Link kinds of the daemon, with a sentence each and their options: docs/links.md. */
export const linkKinds: Readonly<Record<string, string>> = {
  'af-packet': 'a network interface: device, promiscuous, exclusive, io, receiveBuffer, batch',
  tap: 'a virtual Ethernet device of Linux: device, mac, mtu, up, offload',
  tun: 'a virtual IP device of Linux: device, mtu, up, offload',
  udp: 'a tunnel to another node, a frame per datagram: local, remote',
  pcap: 'plays a capture file (pcap or pcapng): file, speed, loop',
  'pcap-out': 'writes a capture file: file, format',
  shared: 'an application’s socket: channel; openSocket() makes it',
  node: 'a host’s link to a node in the same process: on; QuipuNode.hostLink() or the daemon makes it',
};

/**
 * Opens the links of a daemon. `channels` are the shared-memory channels known by their number. In a node of several
 * engines, network interfaces are opened by each (not by XDP); all else only by the first.
 */
export function linkOpener(channels: ReadonlyMap<number, Channel>, place: Place | null = null): LinkOpener {
  return (spec: LinkSpec, context: LinkContext): Link => {
    if (place !== null && place.number !== HOME && !isShared(spec)) {
      throw new BelongsHome(`a link of kind ${spec.kind}`);
    }
    switch (spec.kind) {
      case 'af-packet':
        if (!isShared(spec)) return openAfPacket(spec, context);
        return openAfPacket(spec, context, undefined, place?.fanout.seat(context) ?? null);
      case 'tap':
      case 'tun':
        return openTap(spec, context);
      case 'udp':
        return openUdp(spec, context);
      case 'pcap':
        return openPcapFile(spec, context);
      case 'pcap-out':
        return openPcapOutput(spec, context);
      case 'shared':
        return openShared(spec, context, channels);
      case 'node':
        return openRingLink(spec, context);
      default: {
        const known = Object.keys(linkKinds).join(', ');
        throw new QuipuError(
          'bad-config',
          `link kind ${JSON.stringify(spec.kind)} is not known; there are: ${known}`,
        );
      }
    }
  };
}

/** Several engines can have the frames of a network interface dealt out to them, but not by XDP. */
function isShared(spec: LinkSpec): boolean {
  return spec.kind === 'af-packet' && spec.io !== 'xdp';
}

function openShared(spec: LinkSpec, context: LinkContext, channels: ReadonlyMap<number, Channel>): Link {
  const parsed = sharedSpec.safeParse(spec);
  const channel = parsed.success ? channels.get(parsed.data.channel) : undefined;
  if (!channel) {
    throw new QuipuError(
      'bad-config',
      `channel ${String(spec.channel)} is not open: sockets are made by openSocket() or "quipu socket"`,
    );
  }
  return new SharedLink(channel.target ?? `channel ${String(spec.channel)}`, channel, context);
}
