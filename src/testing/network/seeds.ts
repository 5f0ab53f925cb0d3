import { Capture } from './capture.js';
import { Network } from './network.js';

/** Something that happens in a network; answers what went wrong, as sentences. */
export type Scenario = (network: Network, seed: number) => readonly string[];

/** Of many failures the first few tell enough. */
const MOST_WRITTEN = 3;

/**
 * Runs a scenario with every seed; answers a line for each that failed. Such a seed is run once more, the same frames at
 * the same times, and what was on its wires is written to a file that the line names.
 */
export function failedSeeds(seeds: Iterable<number>, title: string, scenario: Scenario): string[] {
  const failed: string[] = [];
  for (const seed of seeds) {
    const faults = faultsOf(new Network(seed), seed, scenario);
    if (faults.length === 0) continue;
    const where = failed.length < MOST_WRITTEN ? ` (on its wires: ${record(seed, title, scenario)})` : '';
    failed.push(`seed ${seed}: ${faults.join('; ')}${where}`);
  }
  return failed;
}

function record(seed: number, title: string, scenario: Scenario): string {
  const network = new Network(seed);
  const capture = new Capture();
  network.taps.push(capture.tap);
  faultsOf(network, seed, scenario);
  return capture.write(
    `${title}-${seed}`,
    network.wires.map((wire) => wire.name),
  );
}

/** A scenario that throws has failed, too. */
function faultsOf(network: Network, seed: number, scenario: Scenario): readonly string[] {
  try {
    return scenario(network, seed);
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)];
  }
}
