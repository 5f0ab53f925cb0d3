import { expect, test } from 'vitest';
import type { Network } from '../network/network.js';
import { failedSeeds } from '../network/seeds.js';
import type { Station } from '../network/station.js';
import { UnderFire } from '../network/under-fire.js';
import { Dice } from '../random-transfer.js';
import { readCorpus } from './corpus.js';
import { Insider } from './insider.js';
import { mutated, type Target } from './mutate.js';

const EACH = 10_000;
/** Ten million packets at length. */
const groups = process.env.QUIPU_LONG === '1' ? 100 : 1;
const rounds = process.env.QUIPU_LONG === '1' ? 10 : 2;
/** Microseconds after which everything that a router can advertise is forgotten: lifetimes are seconds of 32 bits. */
const EVER = 2 ** 32 * 1_000_000;
/** Frames between two looks at what the host keeps. */
const LOOK = 500;
const corpus = readCorpus();
const tally = { insiders: 0, connections: 0 };

/**
 * A transfer during which mutated packets come, one every 50 microseconds, over IPv4 with odd seeds, over IPv6 with even ones.
 * In every other pair of seeds, half of them are forged in the client's name, for a connection beside the transfer.
 */
function fuzz(network: Network, seed: number): string[] {
  const dice = new Dice(seed);
  const over = seed % 2 === 1 ? 4 : 6;
  const scene = new UnderFire(network, 5_000_000, over);
  const insider = seed % 4 < 2 ? new Insider(scene, over) : null;
  const target = targetOf(scene);
  const faults = new Set<string>();
  const next = (index: number): Uint8Array => {
    if (index % LOOK === 0) for (const fault of beyondBounds(scene.server)) faults.add(fault);
    return insider !== null && dice.often(50) ? insider.next(dice) : mutated(corpus, dice, target);
  };
  scene.fire(50, next, EACH);
  for (const fault of unseen(scene.server.drops())) faults.add(fault);
  if (insider !== null) {
    tally.insiders++;
    tally.connections += insider.count;
  }
  return [...faults, ...(insider?.finish() ?? []), ...scene.finish(EVER)];
}

function targetOf(scene: UnderFire): Target {
  const { addresses } = scene.server.host.interfaces[0];
  return {
    mac: scene.serverMac,
    to4: UnderFire.serverAddress,
    from4: Uint8Array.of(198, 18, 0, 3),
    to6: addresses.map(({ address }) => address).filter((address) => address.length === 16),
    from6: Uint8Array.of(0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3),
    ports: [UnderFire.port, 9, 68, 546],
  };
}

/** What a host keeps more of than it may, whatever it is sent. */
function beyondBounds({ host, engine, tcp }: Station): string[] {
  const [at] = host.interfaces;
  const fragments = engine.registry.find('server.ip-fragments').block.details?.();
  const kept: readonly (readonly [string, number, number])[] = [
    ['neighbours of IPv4', at.neighbours(4).size, 1024],
    ['neighbours of IPv6', at.neighbours(6).size, 1024],
    ['addresses', at.addresses.length, 32],
    ['connections', tcp.tcp.size, 100],
    ['datagrams of which fragments are missing', Number(fragments?.incomplete), 64],
  ];
  return kept
    .filter(([, is, most]) => !(is <= most))
    .map(([what, is, most]) => `${is} ${what}, at most ${most}`);
}

/** Reasons for drops that some of so many frames must have met: or else they did not come far. */
function unseen(drops: Record<string, number>): string[] {
  const wanted = [
    ...['ip-input malformed', 'ip-input bad-checksum', 'arp malformed', 'ndp malformed', 'icmp bad-checksum'],
    ...['icmp bad-error', 'udp bad-checksum', 'tcp bad-checksum'],
  ];
  return wanted
    .filter((reason) => !((drops[`server.${reason}`] ?? 0) > 0))
    .map((reason) => `nothing was dropped as ${reason}`);
}

test.each(
  Array.from({ length: groups }, (_, i) => i),
)(`${rounds * EACH} mutated packets while transfers run: no crash, no leak, the transfers complete; group %i`, (group) => {
  const seeds = Array.from({ length: rounds }, (_, i) => group * rounds + i + 1);
  expect(failedSeeds(seeds, 'fuzz', fuzz)).toEqual([]);
});

test('connections of which somebody else forged segments came to an end before their time', () => {
  expect(tally.connections).toBeGreaterThan(tally.insiders);
});
