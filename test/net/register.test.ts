// needs: curl python3 redis-server
// Programs that know nothing of Quipu, put on a host of ours by `quipu/register`; Linux is on the other side of a TAP device.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { allowIpv6 } from './host-support.js';
import { Lab, resultOf, root, until } from './lab.js';

const lab = new Lab();
const register = join(root, 'dist/api/register/register.js');
const programs = join(root, 'test/net/tools/programs');

beforeAll(() => {
  lab.host('linux');
  allowIpv6(lab, 'linux');
  // The device comes and goes with each program; Linux's own address stays.
  lab.run('linux', 'ip', 'addr', 'add', '10.9.5.1/32', 'dev', 'lo');
});
afterAll(() => lab.close());

/** Starts an unmodified program on the host 10.9.5.2, fd95::2. */
async function program(name: string, ...options: string[]) {
  const config = join(lab.directory, 'host.yaml');
  writeFileSync(
    config,
    `name: h1
links:
  - name: tap
    link: { kind: tap, device: tapr }
    mac: 02:00:00:00:00:51
    addresses: [10.9.5.2/24, 'fd95::2/64']
    ipv6: off
    check: off
names: { linux.example: 10.9.5.1 }
`,
  );
  const node = [process.execPath, '--import', register, join(programs, name), ...options];
  const child = lab.start('linux', ['env', `QUIPU_HOST_CONFIG=${config}`, ...node]);
  await until('the device', () =>
    lab.run('linux', 'ip', '-br', 'link').includes('tapr') ? true : undefined,
  );
  lab.run('linux', 'ip', 'route', 'replace', '10.9.5.0/24', 'dev', 'tapr', 'src', '10.9.5.1');
  // In IPv6 nobody answers for addresses of another device.
  lab.run('linux', 'ip', 'addr', 'replace', 'fd95::1/64', 'dev', 'tapr', 'nodad');
  return child;
}

const listening = (port: number) =>
  until(`a server at port ${port}`, () => {
    const sockets = lab.run('linux', 'ss', '-Htln', `sport = :${port}`);
    return sockets.includes(String(port)) ? true : undefined;
  });

test('a web server and client, fetch and dgram', async () => {
  const page = `import http.server
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        text = self.client_address[0].encode()
        self.send_response(200); self.send_header('content-length', str(len(text))); self.end_headers()
        self.wfile.write(text)
http.server.ThreadingHTTPServer(('10.9.5.1', 8000), Page).serve_forever()`;
  lab.start('linux', ['python3', '-c', page]);
  await listening(8000);
  const child = await program('web.js', 'http://linux.example:8000/', '80');
  const done = resultOf(child);
  const lines: string[] = [];
  if (!child.stdout) throw new Error('no output');
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  await until('the program', () => (lines.includes('udp ready') ? true : undefined));
  lab.run('linux', 'bash', '-c', 'echo -n knot > /dev/udp/10.9.5.2/5353');
  expect(lab.run('linux', 'curl', '-sS', 'http://10.9.5.2/')).toBe(
    'hello ::ffff:10.9.5.1 at ::ffff:10.9.5.2\n',
  );
  await until('the datagram', () => (lines.length === 5 ? true : undefined));
  lab.run('linux', 'curl', '-sS', '-H', 'Connection: close', 'http://10.9.5.2/last');
  // Nothing is open any more: it ends by itself.
  expect(await done).toMatchObject({ code: 0, stderr: '' });
  expect(lines).toEqual([
    ...['listening', '200 10.9.5.2 from 10.9.5.1', '200 10.9.5.2'],
    ...['udp ready', 'udp knot from 10.9.5.1'],
  ]);
});

test('ioredis against a Redis server, over IPv4 and IPv6', async () => {
  const options = ['--bind', '10.9.5.1', '::', '--port', '6379', '--save', '', '--protected-mode', 'no'];
  lab.start('linux', ['redis-server', ...options, '--dir', lab.directory]);
  await listening(6379);
  for (const [server, ours] of [
    ['linux.example', '10.9.5.2'],
    ['fd95::1', 'fd95::2'],
  ]) {
    const { code, stdout, stderr } = await resultOf(await program('redis.js', server, '6379'));
    expect(stderr).toBe('');
    expect(stdout).toBe(`500000 1000 1000\n${ours}\ncords tied\n`);
    expect(code).toBe(0);
  }
});

test('loopback and Unix sockets stay the kernel’s', async () => {
  const { code, stdout, stderr } = await resultOf(
    await program('local.js', join(lab.directory, 'local.sock')),
  );
  expect(stderr).toBe('');
  expect(stdout).toBe('127.0.0.1 tcp\nunix\n10.9.5.2 refused\n');
  expect(code).toBe(0);
});

test('a file that is wrong is told of by line and column', async () => {
  const config = join(lab.directory, 'wrong.yaml');
  writeFileSync(
    config,
    'name: h1\nlinks:\n  - name: tap\n    link: tapr\n    mac: nonsense\n    addresses: [10.9.5.2/24]\n',
  );
  const node = [process.execPath, '--import', register, '-e', '1'];
  const { code, stderr } = await resultOf(
    lab.start('linux', ['env', `QUIPU_HOST_CONFIG=${config}`, ...node]),
  );
  expect(stderr).toContain(`${config}:5:10: links.0.mac is "nonsense"`);
  expect(code).toBe(2);
});
