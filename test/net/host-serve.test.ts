// needs: curl nginx openssl python3
// A host in the daemon, on a TAP device: Linux fetches from "quipu serve" there, and "quipu fetch" from nginx.
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { HostRow, SocketRow } from '../../src/control/host-words.js';
import { fileSum, makeCertificate, startNginx, writeContent } from './host-support.js';
import { Lab, resultOf, root, type TestDaemon, until } from './lab.js';
import { contentSum } from './tools/content.js';

const lab = new Lab();
const SIZE = 3_000_000;
const www = join(lab.directory, 'www');
const url = 'http://10.9.4.2:8000';
const main = join(root, 'dist/commands/quipu/main.js');
let daemon: TestDaemon;
let serving: ReturnType<Lab['start']>;
const access: string[] = [];

const quipu = (...words: string[]) => lab.tool('linux', 'quipu', words);
const curl = (...words: string[]) => lab.run('linux', 'curl', '-sS', '--max-time', '60', ...words);
const status = (...words: string[]) => curl('-o', '/dev/null', '-w', '%{http_code}', ...words);

beforeAll(async () => {
  mkdirSync(join(www, 'folder'), { recursive: true });
  writeContent(join(www, 'big'), SIZE);
  writeFileSync(join(www, 'folder', 'a <b> & c.txt'), 'text\n');
  writeFileSync(join(lab.directory, 'secret'), 'secret\n');
  symlinkSync('../secret', join(www, 'link'));
  makeCertificate(lab);
  lab.host('linux');
  const allow = 'for f in all default; do echo 0 > /proc/sys/net/ipv6/conf/$f/disable_ipv6; done';
  lab.run('linux', 'sh', '-c', allow);
  daemon = await lab.daemon('linux');
  const own = ['--address', '10.9.4.2/24', '--address', 'fd94::2/64'];
  const started = await quipu('host', 'start', 'h1', '--link', 'tap:tapq', ...own, '--json');
  expect(started).toMatchObject({ code: 0, stderr: '' });
  expect((JSON.parse(started.stdout) as HostRow).name).toBe('h1');
  lab.run('linux', 'ip', 'addr', 'add', '10.9.4.1/24', 'dev', 'tapq');
  lab.run('linux', 'ip', 'addr', 'add', 'fd94::1/64', 'dev', 'tapq', 'nodad');
  const at = ['--host', 'h1', '--port', '8000', '--upload'];
  serving = lab.start('linux', [process.execPath, main, 'serve', www, ...at]);
  if (!serving.stdout) throw new Error('no pipe');
  createInterface({ input: serving.stdout }).on('line', (line) => access.push(line));
  await until('quipu serve says where it listens', () => access[0]);
  await startNginx(lab, 'linux', www);
});
afterAll(() => lab.close());

test('curl fetches a file, a part of it and a folder, over both families', () => {
  const fetched = join(lab.directory, 'fetched');
  for (const from of [url, 'http://[fd94::2]:8000']) {
    curl('-o', fetched, `${from}/big`);
    expect(fileSum(lab, fetched)).toBe(contentSum(SIZE));
    rmSync(fetched);
  }
  const part = lab.run('linux', 'sh', '-c', `curl -sS -r 1000000-1999999 ${url}/big | sha256sum`);
  const same = lab.run('linux', 'sh', '-c', `tail -c +1000001 ${www}/big | head -c 1000000 | sha256sum`);
  expect(part).toBe(same);
  expect(curl('-L', `${url}/folder`)).toContain(
    '<a href="./a%20%3Cb%3E%20%26%20c.txt">a &lt;b&gt; &amp; c.txt</a>',
  );
  expect(curl(`${url}/folder/a%20%3Cb%3E%20%26%20c.txt`)).toBe('text\n');
});

test('what is not there, not allowed, or outside', () => {
  expect(status(`${url}/none`)).toBe('404');
  expect(status(`${url}/link`)).toBe('404');
  expect(status('--path-as-is', `${url}/../secret`)).toBe('403');
  expect(status(`${url}/%2e%2e/secret`)).toBe('403');
  expect(status('-X', 'DELETE', `${url}/big`)).toBe('405');
  expect(status('-r', '9000000-', `${url}/big`)).toBe('416');
  const tag = /etag: (.*)/i.exec(curl('-I', `${url}/big`))?.[1]?.trim() ?? '';
  expect(status('-H', `If-None-Match: ${tag}`, `${url}/big`)).toBe('304');
});

test('an upload appears when it is whole', async () => {
  curl('-T', join(www, 'big'), `${url}/folder/up`);
  expect(fileSum(lab, join(www, 'folder', 'up'))).toBe(contentSum(SIZE));
  expect(readdirSync(join(www, 'folder')).filter((name) => name.endsWith('.part'))).toEqual([]);
  await until('its line in the log', () =>
    access.find((line) => /^10\.9\.4\.1 "PUT \/folder\/up" 201 /.test(line)),
  );
});

test('quipu fetch takes a file from nginx, by http and https, and gives it one', async () => {
  const fetched = join(lab.directory, 'fetched');
  const fetch = (...words: string[]) => quipu('fetch', ...words, '--host', 'h1');
  for (const from of ['http://10.9.4.1:8080', 'http://[fd94::1]:8080', 'https://10.9.4.1:8443']) {
    expect(await fetch(`${from}/big`, '-o', fetched, '--insecure')).toMatchObject({ code: 0, stderr: '' });
    expect(fileSum(lab, fetched)).toBe(contentSum(SIZE));
    rmSync(fetched);
  }
  expect((await fetch('http://10.9.4.1:8080/folder/a%20%3Cb%3E%20&%20c.txt', '-i')).stdout).toMatch(
    /^HTTP\/1\.1 200 OK\n(.*\n)+\ntext\n$/,
  );
  const put = await fetch('http://10.9.4.1:8080/given', '-X', 'PUT', '--data', `@${www}/big`, '--json');
  expect(JSON.parse(put.stdout)).toMatchObject({ status: 201 });
  expect(fileSum(lab, join(www, 'given'))).toBe(contentSum(SIZE));
});

test('quipu fetch says what went wrong', async () => {
  const file = join(lab.directory, 'none');
  const fetch = (...words: string[]) => quipu('fetch', ...words, '--host', 'h1', '-o', file);
  expect(await fetch('http://10.9.4.1:81/')).toMatchObject({
    code: 1,
    stderr: 'quipu: http://10.9.4.1:81/: connect ECONNREFUSED 10.9.4.1:81\n',
  });
  expect(await fetch('https://10.9.4.1:8443/big')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('--insecure'),
  });
  expect(readdirSync(lab.directory).filter((name) => name.includes('none'))).toEqual([]);
  expect(await fetch('http://10.9.4.1:8080/none')).toMatchObject({
    code: 1,
    stderr: 'quipu: http://10.9.4.1:8080/none: 404 Not Found\n',
  });
  expect(readFileSync(file, 'utf8')).toContain('404');
  expect(await fetch('ftp://10.9.4.1/')).toMatchObject({ code: 2 });
  expect(await quipu('fetch', 'http://10.9.4.1/', '--host', 'h2')).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('quipu host list'),
  });
});

test('Ctrl-C ends a fetch and leaves no half file', async () => {
  const slow = `import socket
s=socket.create_server(('10.9.4.1',7009));print('up',flush=True)
c,a=s.accept();c.sendall(b'HTTP/1.1 200 OK\\r\\nContent-Length: 1000\\r\\n\\r\\nhalf');c.recv(1<<16);print('asked',flush=True)
try:
  while c.recv(1): pass
except ConnectionResetError: pass
print('gone',flush=True)`;
  const server = lab.start('linux', ['python3', '-c', slow]);
  const said: string[] = [];
  if (!server.stdout) throw new Error('no pipe');
  createInterface({ input: server.stdout }).on('line', (line) => said.push(line));
  await until('a server', () => said[0]);
  const folder = join(lab.directory, 'half');
  mkdirSync(folder);
  const words = ['fetch', 'http://10.9.4.1:7009/', '--host', 'h1', '-o', join(folder, 'file')];
  const child = lab.start('linux', [process.execPath, main, ...words]);
  const ended = resultOf(child);
  await until('a part of the file', () => (readdirSync(folder).length > 0 ? true : undefined));
  child.kill('SIGINT');
  expect((await ended).code).toBe(130);
  expect(readdirSync(folder)).toEqual([]);
  await until('the server to see it', () => said.find((line) => line === 'gone'));
});

/** Runs commands of `quipu host` that have nothing to say, at once. */
async function all(commands: readonly (readonly string[])[]): Promise<void> {
  const results = await Promise.all(commands.map((words) => quipu('host', ...words)));
  for (const result of results) expect(result).toEqual({ code: 0, stdout: '', stderr: '' });
}

test('a host is shown and changed', async () => {
  const lines = (await quipu('host', 'list')).stdout.split('\n');
  expect(lines[1]).toMatch(/^h1 +tapq +.*10\.9\.4\.2\/24/);
  const sockets = await quipu('host', 'sockets', 'h1', '-l', '--tcp');
  expect(sockets.stdout).toMatch(
    /^Netid +State +Recv-Q +Send-Q .*\ntcp +LISTEN +0 +\d+ +\[::\]:8000 +\*:\*\n$/,
  );
  const rows = JSON.parse((await quipu('host', 'sockets', 'h1', '--json')).stdout) as SocketRow[];
  expect(rows.some(({ state }) => state === 'listen')).toBe(true);
  await all([
    ['address', 'add', 'h1', 'tapq', '10.9.4.3/24', '--check', 'off'],
    ['route', 'add', 'h1', '192.0.2.0/24', 'via', '10.9.4.1', '--metric', '7'],
    ['neighbour', 'add', 'h1', 'tapq', '10.9.4.77', '02:00:00:00:00:77'],
    ['forwarding', 'h1', 'on'],
  ]);
  const shown = (await quipu('host', 'show', 'h1')).stdout;
  expect(shown).toContain('host h1, passes on packets for others\n');
  expect(shown).toMatch(/10\.9\.4\.3\/24/);
  expect(shown).toMatch(/192\.0\.2\.0\/24 +10\.9\.4\.1 +tapq +7/);
  expect((await quipu('host', 'neighbour', 'list', 'h1')).stdout).toMatch(
    /10\.9\.4\.77 +tapq +02:00:00:00:00:77/,
  );
  expect(status('http://10.9.4.3:8000/none')).toBe('404');
  await all([
    ['address', 'rm', 'h1', 'tapq', '10.9.4.3'],
    ['route', 'rm', 'h1', '192.0.2.0/24', 'via', '10.9.4.1'],
    ['neighbour', 'rm', 'h1', 'tapq', '10.9.4.77'],
  ]);
  expect((await quipu('host', 'show', 'h1')).stdout).not.toMatch(/10\.9\.4\.3\/24|192\.0\.2|10\.9\.4\.77/);
  expect((await quipu('host', 'statistics', 'h1')).stdout).toMatch(/^tcp\n( {2}.*\n)+/m);
  expect(await quipu('host', 'route', 'rm', 'h1', '192.0.2.0/24')).toMatchObject({ code: 1 });
  expect(await quipu('host', 'show', '$')).toMatchObject({ code: 2 });
});

test('fbctl and quipu reach its blocks by --host', async () => {
  expect((await lab.tool('linux', 'fbctl', ['list', '--host', 'h1'])).stdout).toMatch(/^h1\.tcp +tcp /m);
  expect((await quipu('status', '--host', 'h1')).code).toBe(0);
  expect((await quipu('show', 'h1.tcp', '--host', 'h1')).code).toBe(0);
  const inDaemon = await lab.tool('linux', 'fbctl', ['list']);
  expect(inDaemon.stdout).not.toContain('h1.tcp');
});

test('Ctrl-C ends quipu serve with 130, and the end of the host with 1', async () => {
  const other = lab.start('linux', [process.execPath, main, 'serve', www, '--host', 'h1', '--port', '8001']);
  const ended = resultOf(other);
  if (!other.stdout) throw new Error('no pipe');
  const said: string[] = [];
  createInterface({ input: other.stdout }).on('line', (line) => said.push(line));
  expect(await until('it says where it listens', () => said[0])).toBe(
    `serving ${www} at port 8001 of host h1`,
  );
  other.kill('SIGINT');
  expect((await ended).code).toBe(130);
  await until('nobody listens any more', async () => {
    const rows = await quipu('host', 'sockets', 'h1', '-l');
    return rows.stdout.includes(':8001') ? undefined : true;
  });
  const over = resultOf(serving);
  expect((await quipu('host', 'stop', 'h1')).code).toBe(0);
  expect(await over).toMatchObject({ code: 1, stderr: expect.stringContaining('has gone') });
  expect((await daemon.status()).totals).toBeDefined();
});
