import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { BlockView } from '../../../control/views.js';
import { accountFaults } from '../../../testing/account.js';
import { makeEngine, type TestEngine } from '../../../testing/engine.js';
import { CaptureReader } from '../../../wire/capture-file.js';
import { figureC1 } from '../../shared/figure-c1.js';
import { filterName, reTies } from './re-ties.js';
import { capture } from './replay.js';

// What tcpdump counts in examples/captures/veth-http.pcap.
const FRAMES = 80;
const IPV4 = 62;
const UDP = 17;

function frames(): Uint8Array[] {
  const reader = new CaptureReader();
  reader.push(readFileSync(capture));
  const all: Uint8Array[] = [];
  for (let record = reader.next(); record !== null; record = reader.next()) all.push(record.bytes.slice());
  return all;
}

function figure(): TestEngine {
  const engine = makeEngine({ pool: { size: 256, slotSize: 2048, headroom: 128 } });
  const link = { kind: 'memory', name: 'eth0' };
  engine.act(
    { do: 'add', name: 'eth0', type: 'ethernet', config: { link, promiscuous: true } },
    ...figureC1('eth0'),
  );
  return engine;
}

function shape(engine: TestEngine): unknown {
  const blocks = engine.ask<BlockView[]>({ op: 'show-all' });
  return blocks.map(({ name, type, config, edges }) => ({
    name,
    type,
    config,
    edges: edges.map(({ port, to }) => `${port} ${to}`).sort(),
  }));
}

test('the re-ties lose no frame, keep the counts, and come back to figure C.1', () => {
  const engine = figure();
  const before = shape(engine);
  const all = frames();
  expect(all).toHaveLength(FRAMES);
  let counted = 0;
  for (let round = 0; round < 2; round++) {
    for (const { actions, touches } of reTies) {
      engine.ask({ op: 'transaction', actions: [...actions] });
      for (const name of touches) expect(engine.get(name)).toBeDefined();
      engine.arrive('eth0', ...all);
      const [counter] = engine
        .ask<BlockView[]>({ op: 'show-all' })
        .filter(({ name }) => /^ipv4\.(count|tally)$/.test(name));
      const { filter } = engine.get('ipv4').config;
      counted += filterName(filter) === 'UDP' ? UDP : IPV4;
      expect(counter.counters.packets).toBe(counted);
      expect(accountFaults(engine.engine)).toEqual([]);
    }
    expect(shape(engine)).toEqual(before);
  }
  expect(Object.keys(engine.drops()).sort()).toEqual(['arp filtered', 'ipv4 filtered']);
  expect(engine.engine.totals()).toMatchObject({ in: 12 * FRAMES, created: 12 * FRAMES, out: 0 });
});
