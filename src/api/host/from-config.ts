import { readFileSync } from 'node:fs';
import { QuipuError } from '../../contract/error.js';
import type { HostConfig } from './config.js';
import { createHost, type QuipuHost } from './host.js';
import type { HostOptions } from './options.js';

/**
 * Makes the host that a file describes. Throws QuipuError: what its links or addresses have against it, or that its hosts file
 * cannot be read.
 */
export function hostFromConfig(config: HostConfig, more: Pick<HostOptions, 'openLink'> = {}): QuipuHost {
  const { loopback: _, hostsFile, ...options } = config;
  const hosts = hostsFile === undefined ? {} : { hosts: textOf(hostsFile) };
  return createHost({ ...options, ...hosts, ...more });
}

function textOf(hostsFile: string): string {
  try {
    return readFileSync(hostsFile, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new QuipuError('bad-config', `the hosts file ${hostsFile} cannot be read: ${reason}`);
  }
}
