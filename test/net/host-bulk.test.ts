// needs: curl nginx openssl socat
// Much over a host of ours on a TAP device, from Linux and to it: 100 MB where the device has no offload and the other end is
// nginx, else 20 MB. QUIPU_LONG=1: a gibibyte each.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  type Ask,
  families,
  fileSum,
  listening,
  makeCertificate,
  startHost,
  startNginx,
  writeContent,
} from './host-support.js';
import { Lab, resultOf } from './lab.js';
import { contentSum } from './tools/content.js';

const LONG = process.env.QUIPU_LONG === '1';
const MUCH = LONG ? 2 ** 30 : 100_000_000;
const SOME = LONG ? 2 ** 30 : 20_000_000;
const lab = new Lab();
const www = join(lab.directory, 'www');
const big = join(www, 'big');
const some = join(www, 'some');
const sum = contentSum(SOME);
const [, hash] = sum.split(' ');
const asks = new Map<string, Ask>();

/** The host of a namespace does with offload what the other one does without. */
const namespaces = ['linux', 'offload'] as const;

beforeAll(async () => {
  mkdirSync(www);
  writeContent(big, MUCH);
  writeContent(some, SOME);
  makeCertificate(lab);
  for (const namespace of namespaces) {
    asks.set(namespace, await startHost(lab, namespace, `tls=${lab.directory}`, namespace));
    await startNginx(lab, namespace, www);
  }
});
afterAll(() => lab.close());

function take(file: string): string {
  const found = fileSum(lab, file);
  rmSync(file);
  return found;
}

describe.each(namespaces)('%s', (namespace) => {
  const [file, size] = namespace === 'linux' ? ['big', MUCH] : ['some', SOME];
  const run = (...command: string[]) => lab.run(namespace, ...command);
  const ask: Ask = async (line) => asks.get(namespace)?.(line) ?? 'no host';

  describe.each(families)('$name', ({ theirs, url, socat }) => {
    test(`it fetches ${size} bytes from nginx and uploads as many`, async () => {
      expect(await ask(`get http://${url.theirs}:8080/${file}`)).toBe(`200 ${contentSum(size)}`);
      expect(await ask(`put http://${url.theirs}:8080/put ${size}`)).toMatch(/^201 /);
      expect(take(join(www, 'put'))).toBe(contentSum(size));
    });

    test(`curl fetches ${SOME} bytes from it and uploads as many`, () => {
      const fetched = join(lab.directory, 'fetched');
      run('curl', '-sS', '-o', fetched, `http://${url.ours}/bytes/${SOME}`);
      expect(take(fetched)).toBe(sum);
      expect(run('curl', '-sS', '-T', some, `http://${url.ours}/up`)).toBe(`${sum}\n`);
    });

    test(`socat takes ${SOME} bytes and sends as many, called and calling`, async () => {
      const at = (port: number) => `${socat}-LISTEN:${port},bind=${url.theirs},reuseaddr`;
      const sink = resultOf(lab.start(namespace, ['socat', '-u', at(7001), 'SYSTEM:sha256sum']));
      await listening(lab, namespace, 7001);
      expect(await ask(`give ${theirs} 7001 ${SOME}`)).toMatch(/^sent/);
      expect((await sink).stdout).toBe(`${hash}  -\n`);
      lab.start(namespace, ['socat', '-u', `OPEN:${some}`, at(7002)]);
      await listening(lab, namespace, 7002);
      expect(await ask(`take ${theirs} 7002`)).toBe(sum);
      const to = (port: number) => `socat -t 60 - ${socat}:${url.ours}:${port}`;
      expect(run('sh', '-c', `${to(9)} < ${some}`)).toBe(`${sum}\n`);
      expect(run('sh', '-c', `echo ${SOME} | ${to(19)} | sha256sum`)).toBe(`${hash}  -\n`);
    });
  });

  test('its frames were as long as the device takes them, and all are accounted for', async () => {
    const { totals, free } = JSON.parse(await ask('state'));
    for (const way of ['in', 'out']) {
      const mean = totals[`${way}Bytes`] / totals[way];
      if (namespace === 'offload') expect(mean).toBeGreaterThan(2000);
      else expect(mean).toBeLessThan(1515);
    }
    expect(totals.in + totals.created).toBe(totals.out + totals.consumed + totals.dropped);
    expect(free).toBeGreaterThan(1000);
  });
});
