import { describe, expect, test } from 'vitest';
import { checkImports } from './import-rules.js';
import { readSources } from './source-files.js';

/** Offences of made-up files, one per path. */
function check(files: Record<string, string>): string[] {
  return checkImports(new Map(Object.entries(files)));
}

test('every import under src/ keeps to the table of rooms', () => {
  const sources = readSources('src');
  expect(sources.size).toBeGreaterThan(5);
  expect(checkImports(sources)).toEqual([]);
});

describe('the checker allows', () => {
  test.each([
    ['src/engine/a.ts', `import { x } from '../contract/frame.js'; import { y } from './b.js';`],
    ['src/contract/a.ts', `import type { x } from '../wire/arp.js'; import type { z } from 'zod';`],
    ['src/contract/a.ts', `export type { X } from '../wire/arp.js'; type Y = import('../wire/arp.js').Y;`],
    ['src/blocks/tee/tee.ts', `import { z } from 'zod'; import './more/parts.js'; import 'node:util';`],
    ['src/blocks/tee/tee.test.ts', `import { harness } from '../../testing/harness.js'; import 'vitest';`],
    ['src/blocks/tee/tee.ts', `import '../shared.js';`],
    ['src/blocks/all.ts', `import './tee/tee.js'; import './counter/counter.js';`],
    ['src/wire/arp.test.ts', `import fc from 'fast-check'; import { readFileSync } from 'node:fs';`],
    ['src/links/tap/tap.ts', `import { openTun } from '../../linux/tun.js';`],
    ['src/linux/ffi.ts', `import koffi from 'koffi'; import { openSync } from 'node:fs';`],
    ['src/control/server.ts', `import net from 'node:net';`],
    ['src/control/client-socket.ts', `import net from 'node:net';`],
    [
      'src/daemon/main.ts',
      `import '../blocks/tee/tee.js'; import '../api/node.js'; await import(process.argv[2]);`,
    ],
    ['src/commands/quipu/main.ts', `import '../../daemon/main.js'; import 'commander'; import 'node:tty';`],
    ['src/index.ts', `export * from './api/node.js';`],
    ['src/testing/suite.ts', `import { test } from 'vitest'; import '../daemon/main.js';`],
    ['src/engine/a.ts', `const text = "import fs from 'node:fs'"; // import('../linux/ffi.js')`],
  ])('%s: %s', (path, text) => {
    expect(check({ [path]: text })).toEqual([]);
  });
});

describe('the checker refuses', () => {
  test.each([
    ['src/engine/a.ts', `import '../linux/poll.js';`, 'engine must not import linux'],
    ['src/engine/a.ts', `export { x } from '../wire/arp.js';`, 'engine must not import wire'],
    ['src/engine/a.ts', `export * from '../wire/arp.js';`, 'engine must not import wire'],
    ['src/engine/a.ts', `import type { X } from '../wire/arp.js';`, 'engine must not import wire'],
    ['src/engine/a.ts', `type X = import('../wire/arp.js').X;`, 'engine must not import wire'],
    ['src/engine/a.ts', `const m = await import('../wire/arp.js');`, 'engine must not import wire'],
    ['src/engine/a.ts', `const m = await import(\`../wire/arp.js\`);`, 'engine must not import wire'],
    ['src/engine/a.ts', `new URL('../linux/worker.js', import.meta.url)`, 'engine must not import linux'],
    ['src/engine/a.ts', `const m = await import(name);`, 'computed import()'],
    ['src/engine/a.ts', `import '../testing/clock.js';`, 'engine must not import testing'],
    ['src/engine/a.test.ts', `import '../linux/poll.js';`, 'engine must not import linux'],
    ['src/engine/a.ts', `import './b.test.js';`, 'nothing imports a test'],
    ['src/engine/a.ts', `import '../../test/unit/b.js';`, 'stands in no room'],
    ['src/engine/a.ts', `import '../index.js';`, 'engine must not import index.ts'],
    ['src/daemon/a.ts', `import '../index.js';`, 'daemon must not import index.ts'],
    ['src/daemon/a.ts', `import '../commands/quipu/up.js';`, 'daemon must not import commands'],
    ['src/daemon/a.ts', `import '../console/page.js';`, 'daemon must not import console'],
    ['src/api/a.ts', `import '../commands/quipu/up.js';`, 'api must not import commands'],
    ['src/commands/quipu/up.ts', `import '../../testing/clock.js';`, 'commands must not import testing'],
    ['src/index.ts', `export * from './testing/clock.js';`, 'index.ts must not import testing'],
    ['src/console/a.ts', `import { x } from '../control/schema.js';`, 'other than by `import type`'],
    ['src/contract/a.ts', `import { x } from '../wire/arp.js';`, 'other than by `import type`'],
    ['src/contract/a.ts', `import { type X } from '../wire/arp.js';`, 'other than by `import type`'],
    ['src/contract/a.ts', `import { z } from 'zod';`, 'other than by `import type`'],
    ['src/blocks/tee/tee.ts', `import '../counter/counter.js';`, 'each folder of blocks/ stands for itself'],
    ['src/links/tap/tap.ts', `import '../af-packet/ring.js';`, 'each folder of links/ stands for itself'],
    ['src/blocks/tee/tee.ts', `import '../../linux/poll.js';`, 'blocks/tee must not import linux'],
    ['src/links/udp/udp.ts', `import 'node:dgram';`, 'only pure modules of Node'],
    ['src/links/udp/udp.ts', `import 'dgram';`, 'must not import node:dgram'],
    ['src/control/schema.ts', `import 'node:fs/promises';`, 'must not import node:fs/promises'],
    ['src/wire/arp.ts', `import 'node:util';`, 'imports nothing of Node'],
    ['src/links/tap/tap.ts', `import koffi from 'koffi';`, 'must not import the package koffi'],
    ['src/linux/a.ts', `import x from 'left-pad/deep.js';`, 'left-pad, which is not in the table'],
    [
      'src/linux/a.ts',
      `import x = require('@scope/left-pad/deep');`,
      '@scope/left-pad, which is not in the table',
    ],
    ['src/engine/index.ts', '', 'no index.ts inside src/'],
    ['src/helpers/a.ts', '', 'stands in no room'],
    ['src/blocks/shared.ts', `import '../engine/pool.js';`, 'blocks must not import engine'],
    ['src/a.ts', '', 'stands in no room'],
  ])('%s: %s', (path, text, offence) => {
    expect(check({ [path]: text })).toEqual([expect.stringContaining(offence)]);
  });

  test('a file that is no TypeScript', () => {
    expect(() => check({ 'src/engine/a.ts': 'import from from;' })).toThrow('Parse failed');
  });
});

describe('import cycles', () => {
  const at = (name: string) => `src/engine/${name}.ts`;

  test('are named with every file on the way', () => {
    const files = {
      [at('a')]: `import './b.js';`,
      [at('b')]: `export * from './c.js';`,
      [at('c')]: `const a = () => import('./a.js');`,
      [at('d')]: `import './a.js';`,
    };
    expect(check(files)).toEqual([`import cycle: ${at('a')} -> ${at('b')} -> ${at('c')} -> ${at('a')}`]);
  });

  test('of one file are cycles too', () => {
    expect(check({ [at('a')]: `import { b } from './a.js';` })).toEqual([
      `import cycle: ${at('a')} -> ${at('a')}`,
    ]);
  });

  test('through `import type` or a worker are none', () => {
    const files = { [at('a')]: `import './b.js';`, [at('b')]: `import type { A } from './a.js';` };
    expect(check(files)).toEqual([]);
    expect(check({ [at('a')]: `new URL('./a.js', import.meta.url)` })).toEqual([]);
  });

  test('are not seen where two ways lead to one file', () => {
    const files = {
      [at('a')]: `import './b.js'; import './c.js';`,
      [at('b')]: `import './c.js';`,
      [at('c')]: '',
    };
    expect(check(files)).toEqual([]);
  });
});
