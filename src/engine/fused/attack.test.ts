import { expect, test } from 'vitest';
import { testBlocks } from '../../testing/blocks.js';
import { catalogue } from '../../blocks/catalogue.js';
import { compareEngines } from '../../testing/engine-conformance.js';
import { seededRandom } from '../../testing/random.js';
import { randomBlock } from '../../testing/random-receive.js';
import { Engine } from '../engine.js';

const FROM = Number(process.env.FROM ?? 0);
const COUNT = Number(process.env.COUNT ?? 100);
test('random programs', () => {
  let bad = 0;
  let fused = 0;
  for (let seed = FROM; seed < FROM + COUNT; seed++) {
    const random = seededRandom(seed * 7919 + 13);
    for (let i = 0; i < 8; i++) random();
    const below = (n: number) => Math.floor((random() / 0x1_0000_0000) * n);
    const programs = Array.from({ length: 4 }, (_, i) => randomBlock(below, `program${i}`));
    const some = catalogue.filter((t) => ['ethernet', 'tee', 'counter', 'discard', 'forward', 'bpf'].includes(t.kind));
    const types = [...some, ...testBlocks.filter((t) => ['flip', 'wild'].includes(t.kind)), ...programs.map((p) => p.type), ...programs.map((p) => p.type)];
    const unique = [...new Set(types)];
    let result: ReturnType<typeof compareEngines> | null = null;
    let failure = '';
    try {
      result = compareEngines({ Engine, types: unique }, seed, 60);
    } catch (error) {
      failure = String((error as Error).stack).slice(0, 600);
    }
    fused += result?.fused ?? 0;
    if (failure !== '' || result?.difference) {
      bad++;
      if (bad <= 3) {
        console.log(`seed ${seed} ${failure}`);
        if (result?.difference) {
          const [a, b] = [result.difference.dispatch, result.difference.fused].map((x) => JSON.stringify(x, null, 1).split('\n'));
          const lines = [];
          for (let i = 0; i < Math.max(a.length, b.length) && lines.length < 12; i++) if (a[i] !== b[i]) lines.push(`${a[i]} | ${b[i]}`);
          console.log(lines.join('\n'));
        }
        if (process.env.SHOW) console.log(programs.map((p) => p.text).join('\n---\n'));
      }
    }
  }
  console.log({ bad, fused });
  expect(bad).toBe(0);
}, 600_000);
