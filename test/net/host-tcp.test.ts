// needs: curl nginx ping python3 tcpdump tshark
// A host of ours on a TAP device, and Linux on the other side of it.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Lab, resultOf, root, until } from './lab.js';

const lab = new Lab();
const SIZE = 30_000_000;
let ask: (line: string) => Promise<string>;
let capture: string;

const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const filled = (length: number, word: string) => Buffer.alloc(length, word);

/** Starts the application in a namespace; what it is told is answered by a line. */
async function startApp(where: string, ...words: string[]): Promise<typeof ask> {
  const file = join(root, 'test/net/tools/host-app.js');
  const child = lab.start(where, [process.execPath, file, ...words]);
  child.stderr?.pipe(process.stderr);
  if (!child.stdout || !child.stdin) throw new Error('no pipes');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  expect(await next()).toBe('ready');
  return (line) => {
    child.stdin?.write(`${line}\n`);
    return next();
  };
}

beforeAll(async () => {
  lab.host('linux', 'long');
  ask = await startApp('linux', 'tapq', '10.9.4.2/24', '10.9.4.1');
  lab.run('linux', 'ip', 'addr', 'add', '10.9.4.1/24', 'dev', 'tapq');
  // Whole segments on the wire, and their checksums.
  capture = join(lab.directory, 'tap.pcap');
  serveFiles();
});
afterAll(() => lab.close());

/** nginx with a file to fetch, and a place to put one. */
function serveFiles(): void {
  const files = join(lab.directory, 'www');
  mkdirSync(files);
  writeFileSync(join(files, 'big'), filled(SIZE, 'quipu '));
  const config = join(lab.directory, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; pid ${lab.directory}/nginx.pid; error_log ${lab.directory}/nginx.log; user root;
     events {} http { access_log off; client_max_body_size 0; client_body_temp_path ${lab.directory}/b;
     server { listen 10.9.4.1:8080; root ${files}; dav_methods PUT; } }`,
  );
  lab.start('linux', ['nginx', '-c', config]);
}

const listening = (port: number) =>
  until(`a server at port ${port}`, () => {
    const sockets = lab.run('linux', 'ss', '-Htln', `sport = :${port}`);
    return sockets.includes(String(port)) ? true : undefined;
  });

test('Linux pings it', () => {
  expect(lab.run('linux', 'ping', '-c', '5', '-i', '0.05', '10.9.4.2')).toContain(' 0% packet loss');
  for (const size of [0, 1, 55, 56, 1471, 1472]) {
    expect(lab.run('linux', 'ping', '-c', '1', '-s', String(size), '10.9.4.2')).toContain(' 0% packet loss');
  }
});

test('curl fetches from it and uploads to it', () => {
  const fetched = join(lab.directory, 'fetched');
  lab.run('linux', 'curl', '-sS', '-o', fetched, `http://10.9.4.2/bytes/${SIZE}`);
  expect(lab.run('linux', 'sha256sum', fetched)).toContain(sha(filled(SIZE, 'knots ')));
  const big = join(lab.directory, 'www/big');
  const answer = lab.run('linux', 'curl', '-sS', '-T', big, 'http://10.9.4.2/up');
  expect(answer).toBe(`${SIZE} ${sha(filled(SIZE, 'quipu '))}\n`);
});

test('it fetches from nginx and uploads to it', async () => {
  await listening(8080);
  expect(await ask('get http://10.9.4.1:8080/big')).toBe(`200 ${SIZE} ${sha(filled(SIZE, 'quipu '))}`);
  expect(await ask(`put http://10.9.4.1:8080/put ${SIZE}`)).toMatch(/^201 /);
  expect(lab.run('linux', 'sha256sum', join(lab.directory, 'www/put'))).toContain(sha(filled(SIZE, 'wool ')));
});

test('what nobody listens for is refused, both ways', async () => {
  expect(await ask('connect 9')).toBe('error ECONNREFUSED');
  const refused = await resultOf(lab.start('linux', ['curl', '-sS', 'http://10.9.4.2:81/']));
  expect(refused).toMatchObject({ code: 7 });
});

test('many connections at once', async () => {
  const echo = `import socketserver
class Echo(socketserver.StreamRequestHandler):
    def handle(self):
        for line in self.rfile: self.wfile.write(line)
class Server(socketserver.ThreadingTCPServer):
    request_queue_size = 1000
Server(('10.9.4.1', 7777), Echo).serve_forever()`;
  lab.start('linux', ['python3', '-c', echo]);
  await listening(7777);
  expect(await ask('many 1000 7777')).toBe('1000');
});

test('many callers at once', async () => {
  const callers = `import asyncio
async def call(i):
    reader, writer = await asyncio.open_connection('10.9.4.2', 7)
    await opened.wait() if len(waiting) < 999 and not waiting.append(i) else opened.set()
    writer.write(b'line %d\\n' % i); writer.write_eof()
    answer = await reader.read()
    writer.close()
    return answer == b'line %d\\n' % i
waiting = []
async def main():
    global opened
    opened = asyncio.Event()
    print(sum(await asyncio.gather(*[call(i) for i in range(1000)])))
asyncio.run(main())`;
  expect(lab.run('linux', 'python3', '-c', callers)).toBe('1000\n');
});

test('every frame is accounted for, and tshark finds nothing wrong with them', async () => {
  const dump = lab.start('linux', ['tcpdump', '-i', 'tapq', '-w', capture, '-U', '-q']);
  await new Promise((resolve) => dump.stderr?.once('data', resolve));
  lab.run('linux', 'curl', '-sS', '-o', '/dev/null', 'http://10.9.4.2/bytes/300000');
  expect(await ask('get http://10.9.4.1:8080/big')).toMatch(/^200 /);
  dump.kill('SIGINT');
  await resultOf(dump);
  // What Linux hands to the device has its checksum still to be made: only ours is on the wire.
  const bad = lab.run(
    'linux',
    ...['tshark', '-r', capture, '-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE'],
    ...[
      '-Y',
      'ip.src == 10.9.4.2 and (tcp.checksum.status == 0 or ip.checksum.status == 0 or _ws.malformed)',
    ],
  );
  expect(bad).toBe('');
  const { totals, free } = JSON.parse(await ask('state'));
  expect(totals.in + totals.created).toBe(totals.out + totals.consumed + totals.dropped);
  expect(free).toBeGreaterThan(1000);
});

test('with offload, segments of many times the MTU go both ways, and the bytes are the same', async () => {
  const tell = await startApp('long', 'tapq', '10.9.4.2/24', '10.9.4.1', 'offload');
  lab.run('long', 'ip', 'addr', 'add', '10.9.4.1/24', 'dev', 'tapq');
  const meanLength = async (way: 'in' | 'out') => {
    const { totals } = JSON.parse(await tell('state'));
    return totals[`${way}Bytes`] / totals[way];
  };
  const fetched = join(lab.directory, 'long');
  lab.run('long', 'curl', '-sS', '-o', fetched, `http://10.9.4.2/bytes/${SIZE}`);
  expect(lab.run('long', 'sha256sum', fetched)).toContain(sha(filled(SIZE, 'knots ')));
  expect(await meanLength('out')).toBeGreaterThan(2000);
  const answer = lab.run('long', 'curl', '-sS', '-T', fetched, 'http://10.9.4.2/up');
  expect(answer).toBe(`${SIZE} ${sha(filled(SIZE, 'knots '))}\n`);
  expect(await meanLength('in')).toBeGreaterThan(2000);
});
