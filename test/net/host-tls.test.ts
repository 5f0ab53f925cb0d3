// needs: openssl
// TLS over two hosts of ours, which it does not know.
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, createServer } from 'node:tls';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { hostTlsAgent } from '../../src/api/host/agent.js';
import { hostDispatcher } from '../../src/api/host/dispatcher.js';
import { type HostPair, hostPair } from '../../src/testing/memory-hosts.js';

const directory = mkdtempSync(join(tmpdir(), 'quipu-tls-'));
let pair: HostPair;
let own: { readonly key: Buffer; readonly cert: Buffer };

beforeAll(() => {
  const [key, cert] = [join(directory, 'key.pem'), join(directory, 'cert.pem')];
  execFileSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', '/CN=peer', '-addext', 'subjectAltName=DNS:peer,IP:10.0.0.2', '-keyout', key, '-out', cert],
  ]);
  own = { key: readFileSync(key), cert: readFileSync(cert) };
});
afterEach(() => pair.close());
afterAll(() => rmSync(directory, { recursive: true }));

test('tls over a socket of a host, served from connections of another', async () => {
  pair = hostPair();
  const server = createServer(own, (socket) => socket.pipe(socket));
  pair.b.listen(443, (socket) => server.emit('connection', socket));
  const socket = pair.a.connect({ host: '10.0.0.2', port: 443 });
  const client = connectTls({ socket, ca: own.cert, servername: 'peer' });
  await once(client, 'secureConnect');
  expect(client).toMatchObject({ authorized: true, encrypted: true });
  const sent = Buffer.alloc(3_000_000, 'knots ');
  const received: Buffer[] = [];
  client.on('data', (bytes: Buffer) => received.push(bytes));
  client.end(sent);
  await once(client, 'end');
  expect(Buffer.concat(received).equals(sent)).toBe(true);
});

test('https by an agent and by fetch', async () => {
  pair = hostPair({ peer: '10.0.0.2' });
  const server = createHttpServer(own, (q, r) => r.end(`over ${q.socket.constructor.name}`));
  pair.b.listen(443, (socket) => server.emit('connection', socket));
  const agent = hostTlsAgent(pair.a, { ca: own.cert, keepAlive: true });
  for (let i = 0; i < 2; i++) {
    const [answer] = await once(get({ host: 'peer', agent }), 'response');
    let text = '';
    for await (const chunk of answer) text += chunk;
    expect(text).toBe('over TLSSocket');
  }
  agent.destroy();
  const dispatcher = hostDispatcher(pair.a, { ca: own.cert });
  const options = { dispatcher };
  expect(await (await fetch('https://peer/', options)).text()).toBe('over TLSSocket');
  await dispatcher.close();
});

test('a certificate that is not trusted, and a peer that is not there', async () => {
  pair = hostPair();
  const server = createServer(own);
  server.on('tlsClientError', () => {});
  pair.b.listen(443, (socket) => server.emit('connection', socket));
  const untrusted = connectTls({
    socket: pair.a.connect({ host: '10.0.0.2', port: 443 }),
    servername: 'peer',
  });
  expect((await once(untrusted, 'error'))[0]).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  const refused = connectTls({ socket: pair.a.connect({ host: '10.0.0.2', port: 444 }) });
  expect((await once(refused, 'error'))[0]).toMatchObject({ code: 'ECONNREFUSED' });
});
