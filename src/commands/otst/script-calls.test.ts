import { expect, test } from 'vitest';
import { parseScriptCall } from './script-calls.js';

const nowhere = () => null;

test.each([
  [
    'Dispatch.walk (file:///opt/a%20b/dist/engine/dispatch.js:180:35)',
    { call: 'Dispatch.walk', file: 'dist/engine/dispatch.js', line: 180, column: 35, of: 'quipu' },
  ],
  [
    'file:///opt/quipu/dist/daemon/worker.js:13:1',
    { call: '', file: 'dist/daemon/worker.js', line: 13, column: 1, of: 'quipu' },
  ],
  [
    'Wild.receive [as run] (/work/src/testing/blocks.ts:5:7)',
    { call: 'Wild.receive [as run]', file: 'src/testing/blocks.ts', line: 5, column: 7, of: 'quipu' },
  ],
  [
    'ModuleJob.run (node:internal/modules/esm/module_job:325:25)',
    {
      call: 'ModuleJob.run',
      file: 'node:internal/modules/esm/module_job',
      line: 325,
      column: 25,
      of: 'node',
    },
  ],
  [
    'load (/opt/quipu/node_modules/koffi/index.js:9:2)',
    { call: 'load', file: '/opt/quipu/node_modules/koffi/index.js', line: 9, column: 2, of: 'package' },
  ],
  [
    'new Promise (<anonymous>)',
    { call: 'new Promise (<anonymous>)', file: '', line: 0, column: 0, of: 'node' },
  ],
])('%s', (text, call) => {
  expect(parseScriptCall(text, nowhere)).toEqual(call);
});

test('a built file is told by its source where that is known', () => {
  const text = 'Dispatch.walk (file:///opt/quipu/dist/engine/dispatch.js:180:35)';
  const sourceOf = (file: string, line: number, column: number) => {
    expect([file, line, column]).toEqual(['/opt/quipu/dist/engine/dispatch.js', 180, 35]);
    return { file: '/opt/quipu/src/engine/dispatch.ts', line: 201 };
  };
  expect(parseScriptCall(text, sourceOf)).toMatchObject({ file: 'src/engine/dispatch.ts', line: 201 });
});

test('a file without a source map beside it is told as it is', () => {
  expect(parseScriptCall('f (/nowhere/dist/x.js:1:2)')).toMatchObject({ file: 'dist/x.js', line: 1 });
});
