/**
 * Puts a program on a host of Quipu's without changing it:
 *
 *   QUIPU_HOST_CONFIG=host.yaml node --import quipu/register app.js
 *
 * `net`, `tls`, `http`, `https`, `fetch`, `dgram`, `dns.lookup` and what is built on them then use the host that the file describes
 * (default: quipu-host.yaml of the working directory). The host is this process's own: one that it starts needs its own
 * file, with its own link.
 */
import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { QuipuError } from '../../contract/error.js';
import { parseHostConfig } from '../host/config.js';
import { hostFromConfig } from '../host/from-config.js';
import { mapDgram } from './map-dgram.js';
import { mapDns } from './map-dns.js';
import { mapNet } from './map-net.js';

/** As of `quipu` itself: wrong usage. */
const WRONG_USAGE = 2;

async function start(): Promise<void> {
  const file = process.env.QUIPU_HOST_CONFIG || 'quipu-host.yaml';
  const config = parseHostConfig(textOf(file), file);
  const host = hostFromConfig(config);
  await host.ready;
  mapNet(host.sockets, config.loopback === 'kernel');
  mapDgram(host);
  mapDns(host.sockets.lookup);
  syncBuiltinESMExports();
  host.unref();
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new QuipuError(
      'bad-request',
      `the host's file cannot be read: ${reason}; name it by QUIPU_HOST_CONFIG, or put quipu-host.yaml here`,
    );
  }
}

try {
  await start();
} catch (error) {
  if (!(error instanceof QuipuError)) throw error;
  console.error(`quipu/register: ${error.message}`);
  process.exit(WRONG_USAGE);
}
