import { expect, test } from 'vitest';
import { doneText } from './program.js';

test.each([
  ['hook', ['eth0'], {}, 'hooked eth0: its frames come in at block eth0\n'],
  ['hook', ['eth0'], { name: 'uplink' }, 'hooked eth0: its frames come in at block uplink\n'],
  ['unhook', ['eth0'], {}, 'unhooked eth0\n'],
  ['add', ['v10', 'eth0', '10'], {}, 'made v10 on eth0, EtherType 0xac0a\n'],
  ['rm', ['v10'], {}, 'removed v10\n'],
])('vlink ethernet %s %j %j says what it did', (command, words, options, text) => {
  expect(doneText(command, words, options)).toBe(text);
});
