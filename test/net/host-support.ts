import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Lab, resultOf, root, until } from './lab.js';
import { content } from './tools/content.js';

/** A command of tools/host-app.js; answers its line. */
export type Ask = (line: string) => Promise<string>;

/** The ends of our host's link: `ours` is the host's, `theirs` Linux's. */
export const families = [
  {
    name: 'IPv4',
    ours: '10.9.4.2',
    theirs: '10.9.4.1',
    url: { ours: '10.9.4.2', theirs: '10.9.4.1' },
    socat: 'TCP4',
  },
  {
    name: 'IPv6',
    ours: 'fd94::2',
    theirs: 'fd94::1',
    url: { ours: '[fd94::2]', theirs: '[fd94::1]' },
    socat: 'TCP6',
  },
] as const;

/** Labs switch IPv6 off: this lets a namespace have it on devices to come. */
export function allowIpv6(lab: Lab, namespace: string): void {
  const files = 'for f in all default; do echo 0 > /proc/sys/net/ipv6/conf/$f/disable_ipv6; done';
  lab.run(namespace, 'sh', '-c', files);
}

/** Makes a namespace with our host on the other side of its device tapq; `options` are those of tools/host-app.js. */
export async function startHost(lab: Lab, namespace: string, ...options: string[]): Promise<Ask> {
  lab.host(namespace);
  allowIpv6(lab, namespace);
  const own = families.map(({ ours, name }) => `${ours}/${name === 'IPv4' ? 24 : 64}`).join(',');
  const app = [join(root, 'test/net/tools/host-app.js'), 'tapq', own, ...options];
  const child = lab.start(namespace, [process.execPath, ...app]);
  child.stderr?.pipe(process.stderr);
  if (!child.stdout || !child.stdin) throw new Error('no pipes');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => String((await lines.next()).value);
  const first = await next();
  if (first !== 'ready') throw new Error(`the host says ${first}`);
  lab.run(namespace, 'ip', 'addr', 'add', '10.9.4.1/24', 'dev', 'tapq');
  lab.run(namespace, 'ip', 'addr', 'add', 'fd94::1/64', 'dev', 'tapq', 'nodad');
  return (line) => {
    child.stdin?.write(`${line}\n`);
    return next();
  };
}

/** A key and a certificate for the name "peer", as key.pem and cert.pem in the lab's folder. */
export function makeCertificate(lab: Lab): void {
  const [key, cert] = [join(lab.directory, 'key.pem'), join(lab.directory, 'cert.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const name = ['-subj', '/CN=peer', '-addext', 'subjectAltName=DNS:peer'];
  const files = ['-keyout', key, '-out', cert];
  execFileSync('openssl', ['req', '-x509', ...curve, ...name, ...files], { stdio: 'ignore' });
}

/** nginx over both families: files of a folder to fetch, and to put there; 8080 and, with TLS, 8443. */
export async function startNginx(lab: Lab, namespace: string, folder: string): Promise<void> {
  const config = join(lab.directory, 'nginx.conf');
  const ends = families
    .map(({ url }) => `listen ${url.theirs}:8080; listen ${url.theirs}:8443 ssl;`)
    .join(' ');
  const text = `daemon off; pid ${lab.directory}/nginx.pid; error_log ${lab.directory}/nginx.log; user root;
    events {} http { access_log off; client_max_body_size 0; client_body_temp_path ${lab.directory}/body;
    ssl_certificate ${lab.directory}/cert.pem; ssl_certificate_key ${lab.directory}/key.pem;
    server { ${ends} root ${folder}; dav_methods PUT DELETE; } }`;
  execFileSync('tee', [config], { input: text, stdio: ['pipe', 'ignore', 'inherit'] });
  const server = lab.start(namespace, ['nginx', '-c', config]);
  server.stderr?.resume();
  await listening(lab, namespace, 8443);
}

export async function listening(lab: Lab, namespace: string, port: number): Promise<void> {
  await until(`a server at port ${port}`, () => {
    const sockets = lab.run(namespace, 'ss', '-Htln', `sport = :${port}`);
    return sockets.includes(String(port)) ? true : undefined;
  });
}

export function writeContent(file: string, length: number): void {
  const target = openSync(file, 'w');
  for (const piece of content(length)) writeSync(target, piece);
  closeSync(target);
}

/** "LENGTH SHA256" of a file. */
export function fileSum(lab: Lab, file: string): string {
  const [hash, length] = [lab.run('linux', 'sha256sum', file), lab.run('linux', 'stat', '-c', '%s', file)];
  return `${length.trim()} ${hash.split(' ')[0]}`;
}

export interface WireReport {
  readonly packets: number;
  /** Those that are malformed or have a bad checksum, as tshark shows them. */
  readonly wrong: string;
}

/** Writes down what passes the device tapq, both ways; `stop` answers what tshark finds in it. */
export async function watchWire(lab: Lab, namespace: string): Promise<{ stop(): Promise<WireReport> }> {
  const file = join(lab.directory, 'wire.pcap');
  const dump = lab.start(namespace, ['tcpdump', '-i', 'tapq', '-w', file, '-U', '-B', '65536']);
  if (dump.stderr) await once(dump.stderr, 'data');
  return {
    stop: async () => {
      dump.kill('SIGINT');
      const { stderr } = await resultOf(dump);
      return { packets: Number(/(\d+) packets captured/.exec(stderr)?.[1]), wrong: wrongPackets(file) };
    },
  };
}

function wrongPackets(file: string): string {
  const checks = ['ip', 'tcp', 'udp'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`]);
  // What TCP carries is not what is looked at.
  const fast = ['-o', 'tcp.desegment_tcp_streams:FALSE', '-o', 'tcp.analyze_sequence_numbers:FALSE'];
  const bad = ['ip', 'udp', 'tcp', 'icmp', 'icmpv6'].map((name) => `${name}.checksum.status == "Bad"`);
  const without = ['http', 'tls', 'data'].flatMap((name) => ['--disable-protocol', name]);
  // Where a TCP checksum comes to 0, Linux writes 0xffff (CSUM_MANGLED_0), its other form in ones' complement; one packet in
  // 65,536. tshark calls that bad. Ours must not do it.
  const linux = families.map(({ theirs, name }) => `${name === 'IPv4' ? 'ip' : 'ipv6'}.src == ${theirs}`);
  const mangled = `(tcp.checksum == 0xffff && (${linux.join(' || ')}))`;
  const filter = ['-Y', `(_ws.malformed || ${bad.join(' || ')}) && !${mangled}`];
  return execFileSync('tshark', ['-r', file, '-n', ...checks, ...fast, ...without, ...filter], {
    ...{ encoding: 'utf8', maxBuffer: 64 << 20 },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}
