import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { QuipuError } from '../../contract/error.js';
import { mountDetached } from './detached-mount.js';
import { type TraceDirectory, traceDirectory } from './directory.js';

const PLACES = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'];

export interface Tracefs {
  readonly directory: TraceDirectory;
  close(): void;
}

/**
 * The kernel's tracefs: the one at `place`, else where it is mounted, else by a mount of this process's own. There is one
 * tracefs in the machine: all see the same instances and probes, which last longer than mounts. Throws QuipuError.
 */
export function openTracefs(place?: string): Tracefs {
  if (place !== undefined && !isTracefs(place))
    throw new QuipuError(
      'bad-request',
      `${place} is no tracefs: it has no folder "instances" that can be read; leave --tracefs away to have it found`,
    );
  const mounted = place ?? PLACES.find(isTracefs);
  if (mounted !== undefined) return { directory: traceDirectory(mounted), close: () => {} };
  try {
    const mount = mountDetached('tracefs');
    return { directory: traceDirectory(mount.path), close: () => mount.close() };
  } catch (error) {
    if (!(error instanceof QuipuError)) throw error;
    const what =
      error.code === 'no-device'
        ? 'this kernel has no tracefs (CONFIG_TRACING is off): it can trace no stacks'
        : `tracefs, by which the kernel traces stacks, cannot be used: ${error.message}`;
    throw new QuipuError(error.code === 'no-device' ? 'no-support' : error.code, what);
  }
}

function isTracefs(place: string): boolean {
  return existsSync(join(place, 'instances'));
}

/** `none`, `integrity` or `confidentiality` (kernel_lockdown(7)); empty where that cannot be found out. */
export function lockdown(): string {
  const known = lockdownIn('/sys/kernel/security');
  if (known !== '') return known;
  try {
    const mount = mountDetached('securityfs');
    try {
      return lockdownIn(mount.path);
    } finally {
      mount.close();
    }
  } catch {
    return '';
  }
}

function lockdownIn(securityfs: string): string {
  try {
    return chosenWord(readFileSync(join(securityfs, 'lockdown'), 'utf8'));
  } catch {
    return '';
  }
}

/** The word in brackets, by which the kernel marks the one of several that is chosen. */
export function chosenWord(text: string): string {
  return /\[([^\]]+)\]/.exec(text)?.[1] ?? '';
}
