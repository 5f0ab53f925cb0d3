// Command lines of the two programs of the same name.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** netsniff-ng's: ours has the same name. */
export const PEER = '/usr/sbin/trafgen';
const OURS = join(import.meta.dirname, '../../dist/commands/trafgen/main.js');

/** @typedef {{ name: string, command: (device: string) => string[] }} TrafficSender */

/** @type {string | undefined} */
let folder;
let files = 0;

/** @param {string} text */
function fileOf(text) {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'quipu-bench-'));
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  const file = join(folder, `${files++}.cfg`);
  writeFileSync(file, `${text}\n`);
  return file;
}

/** @param {string} name @param {string} text @param {readonly string[]} options @returns {TrafficSender} */
export function ours(name, text, options) {
  const file = fileOf(text);
  return { name, command: (device) => [process.execPath, OURS, '-o', device, '-i', file, '-Q', ...options] };
}

/** @param {string} name @param {string} text @param {readonly string[]} options @returns {TrafficSender} */
export function peers(name, text, options) {
  const file = fileOf(text);
  return { name, command: (device) => [PEER, '-o', device, '-i', file, '-Q', ...options] };
}
