import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Dice } from '../random-transfer.js';
import { readCorpus } from './corpus.js';
import { mutated, type Target } from './mutate.js';
import type { Network } from './network.js';
import { failedSeeds } from './seeds.js';
import { UnderFire } from './under-fire.js';

const EACH = 10_000;
/** Ten million packets at length. */
const groups = process.env.QUIPU_LONG === '1' ? 50 : 1;
const rounds = process.env.QUIPU_LONG === '1' ? 20 : 2;
const corpus = readCorpus(join(import.meta.dirname, '../../../test/fixtures'));

/** A transfer during which mutated packets come, one every 50 microseconds. */
function fuzz(network: Network, seed: number): string[] {
  const dice = new Dice(seed);
  const scene = new UnderFire(network, 5_000_000);
  const target: Target = {
    ...{ mac: scene.serverMac, address: UnderFire.serverAddress },
    ...{ from: Uint8Array.of(198, 18, 0, 3), ports: [UnderFire.port, 9, 68, 546] },
  };
  scene.fire(50, () => mutated(corpus, dice, target), EACH);
  const seen = scene.server.drops();
  return [...scene.finish(), ...unseen(seen)];
}

/** Reasons for drops that some of so many frames must have met: or else they did not come far. */
function unseen(drops: Record<string, number>): string[] {
  const wanted = ['ip-input malformed', 'tcp bad-checksum', 'ip-input bad-checksum'];
  return wanted
    .filter((reason) => !((drops[`server.${reason}`] ?? 0) > 0))
    .map((reason) => `nothing was dropped as ${reason}`);
}

test('there is a corpus', () => {
  expect(corpus.length).toBeGreaterThan(20);
});

test.each(
  Array.from({ length: groups }, (_, i) => i),
)(`${rounds * EACH} mutated packets while transfers run: no crash, no leak, the transfers complete; group %i`, (group) => {
  const seeds = Array.from({ length: rounds }, (_, i) => group * rounds + i + 1);
  expect(failedSeeds(seeds, 'fuzz', fuzz)).toEqual([]);
});
