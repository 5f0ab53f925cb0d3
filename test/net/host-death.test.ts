// needs: root ip
// The thread of a host that dies of an error leaves nothing behind in the process that lives on.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { Lab, resultOf, root } from './lab.js';

const lab = new Lab();
afterAll(() => lab.close());

test('a host that dies takes its device, its descriptors and its socket with it', async () => {
  lab.host('linux');
  const socket = join(lab.directory, 'h1.sock');
  const script = join(root, 'test/net/tools/host-dies.js');
  const child = lab.start('linux', [process.execPath, script, 'tapd', socket]);
  const { code, stdout, stderr } = await resultOf(child);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toBe('false false\n');
  expect(existsSync(socket)).toBe(false);
});
