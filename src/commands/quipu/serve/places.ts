import { type FileHandle, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { Refusal } from './refusal.js';

/**
 * The names of folders and file that a request's path goes through, decoded. Throws Refusal where one of them would lead
 * elsewhere: `..`, a slash or a zero byte that was written as %2F or %00, bytes that are no UTF-8.
 */
export function namesOf(target: string): string[] {
  const path = target.replace(/^https?:\/\/[^/?#]*/i, '').replace(/[?#].*$/s, '');
  if (!path.startsWith('/')) throw new Refusal(400, 'the path does not begin with a slash');
  const names = path.split('/').filter((name) => name !== '');
  return names.map(decoded).filter((name) => name !== '.');
}

function decoded(text: string): string {
  let name: string;
  try {
    name = decodeURIComponent(text);
  } catch {
    throw new Refusal(400, 'the path is not encoded as UTF-8');
  }
  if (name === '..' || /[/\0]/.test(name)) throw new Refusal(403, 'the path leads out of the folder');
  return name;
}

/**
 * The file or folder that a request's path stands for, all links followed. `root` is a real path itself. Throws Refusal: it is
 * outside of `root`, or not there.
 */
export async function existing(root: string, target: string): Promise<string> {
  const place = await realpath(join(root, ...namesOf(target)));
  if (!isInside(root, place)) throw new Refusal(404, 'there is no such file');
  return place;
}

/** Where a file that is to be made goes: its folder must be there. Throws Refusal. */
export async function forNew(root: string, target: string): Promise<{ folder: string; name: string }> {
  const names = namesOf(target);
  if (names.length === 0 || target.replace(/[?#].*$/s, '').endsWith('/')) {
    throw new Refusal(409, 'name a file, not a folder');
  }
  const path = join(root, ...names);
  const folder = await realpath(dirname(path));
  if (!isInside(root, folder)) throw new Refusal(404, 'there is no such folder');
  return { folder, name: basename(path) };
}

/** Where an opened file or folder really is; throws Refusal when a link put in place of a folder meanwhile led outside of `root`. */
export async function stillInside(root: string, { fd }: FileHandle): Promise<string> {
  const place = `/proc/self/fd/${fd}`;
  if (!isInside(root, await readlink(place))) throw new Refusal(404, 'there is no such file');
  return place;
}

function isInside(root: string, place: string): boolean {
  return place === root || place.startsWith(root.endsWith(sep) ? root : root + sep);
}
