// needs: ping curl
// Every example of README.md and every file of examples/, run as it stands, on an eth0 of the test's own.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Lab, resultOf, root } from './lab.js';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const lab = new Lab();
const bin = join(lab.directory, 'bin');

beforeAll(() => {
  lab.host('host', 'peer');
  lab.cable('host', 'eth0', 'peer', 'eth0');
  lab.run('host', 'ip', 'addr', 'add', '10.9.2.1/24', 'dev', 'eth0');
  lab.run('peer', 'ip', 'addr', 'add', '10.9.2.2/24', 'dev', 'eth0');
  lab.start('peer', ['ping', '-q', '-i', '0.02', '10.9.2.1']);
  mkdirSync(bin); // what `npm link` would put on the path
  for (const tool of ['quipu', 'fbctl', 'vlink', 'bpfc', 'trafgen', 'ifpps', 'otst']) {
    writeFileSync(
      join(bin, tool),
      `#!/bin/sh\nexec "${process.execPath}" "${root}/dist/commands/${tool}/main.js" "$@"\n`,
    );
    chmodSync(join(bin, tool), 0o755);
  }
});
afterAll(() => lab.close());

/** The code block that follows a mark `<!-- example: NAME -->`. */
function example(name: string): string {
  const match = new RegExp(`<!-- example: ${name} -->\\n\`\`\`sh\\n([\\s\\S]*?)\`\`\``).exec(readme);
  if (!match) throw new Error(`README.md has no example "${name}"`);
  return match[1];
}

/** Runs shell lines in the host, in a folder that has `examples/`; every line must succeed. */
async function shell(text: string): Promise<string> {
  const script = `PATH="${bin}:$PATH"; cd "${lab.directory}"; ln -sfn "${root}/examples" examples; set -e\n${text}`;
  const result = await resultOf(lab.start('host', ['sh', '-c', script]));
  expect(result, result.stderr).toMatchObject({ code: 0 });
  return result.stdout;
}

it('the tour of README.md', async () => {
  const out = await shell(example('tour'));
  expect(out).toMatch(/^quipu is up: pid \d+/);
  expect(out).toMatch(/fb2\s+tee\s+2\s+7\s+\[3 1\]/);
  const [, counted] = /packets\s+(\d+)/.exec(out) ?? [];
  expect(Number(counted)).toBeGreaterThanOrEqual(0);
  expect(out).toMatch(/frames in \d+, created \d+, out \d+, consumed \d+, dropped \d+/);
});

it('the graph file of README.md', async () => {
  const out = await shell(example('apply'));
  expect(out).toContain('add site.arp counter');
  expect(out).toContain('site.ipv4');
  expect(readFileSync(join(lab.directory, 'tee.pcapng')).length).toBeGreaterThan(100);
});

it('the line of text of README.md', async () => {
  const out = await shell(example('chain'));
  expect(out).toMatch(/eth0 .*ingress/);
  expect(out).toContain('shaper');
});

it('the hosts of README.md', async () => {
  const out = await shell(example('hosts'));
  expect(readFileSync(join(lab.directory, 'listing.html'), 'utf8')).toMatch(/<a href=/);
  expect(out).toMatch(/^tcp\s+LISTEN\s+0\s+\d+\s+\S+:80/m);
  expect(out).toMatch(/^h1\.tcp\s+tcp/m);
  expect(out).toMatch(/^seen\s+counter/m);
});

it('docs/two-hosts.md, from its top to its end', async () => {
  const page = readFileSync(join(root, 'docs/two-hosts.md'), 'utf8');
  const examples = [...page.matchAll(/<!-- example: \S+ -->\n```sh\n([\s\S]*?)```/g)].map(([, code]) => code);
  expect(examples.length).toBeGreaterThan(4);
  const out = await shell(examples.join(''));
  expect(out.match(/3 received, 0% packet loss/g)).toHaveLength(3);
  expect(out).toMatch(/^10\.9\.0\.11 "GET \/big" 200 /m);
  expect(out).toMatch(/in {2}IPv4 10\.9\.0\.1 > 10\.9\.0\.11 ICMP echo-request/);
  expect(out).toMatch(/^ {2}h1\.icmp +icmp .*egress/m);
  expect(out).toMatch(/^ {2}sw0 +bridge /m);
  expect(out).toMatch(/^ {2}lost +[1-9]\d* {2}frames lost/m);
});

it('the workbench of README.md', async () => {
  const out = await shell(example('workbench'));
  expect(out).toMatch(/ldh \[12\]/);
  expect(out).toContain('accepted 3 of 3 packets');
  expect(out).toMatch(/^ifpps eth0, link up/m);
  expect(out).toMatch(/triggered stacktrace for symbol netif_rx/);
});

it('the program of README.md', () => {
  const match = /```js\n([\s\S]*?)```/.exec(readme);
  const application = readFileSync(join(root, 'examples/application.js'), 'utf8');
  expect(match?.[1]).toBeDefined();
  expect(application).toContain(match?.[1]);
});

it('examples/application.js', async () => {
  const run = lab.start('host', [process.execPath, join(root, 'examples/application.js'), 'eth0']);
  const { code, stdout, stderr } = await resultOf(run);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const [, read, counted, sent] =
    /(\d+) frames read, (\d+) of them through the counter, (\d+) sent/.exec(stdout) ?? [];
  expect(Number(read)).toBeGreaterThan(Number(counted));
  expect(Number(counted)).toBeGreaterThan(5);
  expect(Number(sent)).toBe(1);
});

it('examples/web-on-a-host.js, as README.md shows it', async () => {
  const source = readFileSync(join(root, 'examples/web-on-a-host.js'), 'utf8');
  for (const [, code] of readme.matchAll(/```js\n(const host = [\s\S]*?)```/g))
    expect(source).toContain(code);
  const file = join(root, 'examples/web-on-a-host.js');
  const child = lab.start('host', [process.execPath, file, 'tap0', '10.9.3.2/24']);
  await new Promise((resolve) => child.stdout?.once('data', resolve));
  lab.run('host', 'ip', 'addr', 'add', '10.9.3.1/24', 'dev', 'tap0');
  const text = lab.run('host', 'curl', '-sS', '--retry', '3', '--retry-connrefused', 'http://10.9.3.2/');
  expect(text).toBe('hello from a stack of blocks: you are ::ffff:10.9.3.1\n');
  child.kill('SIGTERM');
  expect(await resultOf(child)).toMatchObject({ code: 0 });
});

it('examples/without-an-os.js', async () => {
  const { code, stdout } = await resultOf(
    lab.start('host', [process.execPath, join(root, 'examples/without-an-os.js')]),
  );
  expect(code).toBe(0);
  expect(stdout).toBe('in 1000, out 1000, at the far end 1000\npool whole: true\n');
});
