import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../testing/random.js';
import { TcpLab, type WireFaults } from '../../testing/tcp-lab.js';

function pattern(length: number, seed: number): Uint8Array {
  const next = seededRandom(seed);
  return Uint8Array.from({ length }, () => next());
}

/** Both ends send and close at once; answers what the wire looked like at the end. */
function transfer(seed: number, faults: WireFaults, bytes = 200_000) {
  const lab = new TcpLab(seed);
  Object.assign(lab.a.faults, faults);
  Object.assign(lab.b.faults, faults);
  const accepted = lab.b.listen(80);
  const up = pattern(bytes, seed);
  const down = pattern(bytes >> 1, seed + 1);
  const client = lab.a.connect(80);
  client.write(up);
  client.end();
  lab.until(() => accepted.length > 0);
  const [server] = accepted;
  server?.write(down);
  server?.end();
  const done = lab.until(() => client.over && (server?.over ?? false), 3_600_000_000);
  return { lab, client, server, up, down, done };
}

describe('a transfer in both directions arrives exact', () => {
  const wires: Record<string, WireFaults> = {
    'a plain wire': {},
    'a slow wire with a short queue': { rate: 1_000_000, queue: 20_000, delay: 20_000 },
    'a wire that loses a tenth': { loss: 0.1, delay: 10_000 },
    'a wire that loses a fifth, doubles and reorders': {
      loss: 0.2,
      duplication: 0.05,
      jitter: 30_000,
      delay: 5_000,
    },
  };
  for (const [name, faults] of Object.entries(wires)) {
    test(name, () => {
      for (let seed = 1; seed <= 20; seed++) {
        const { client, server, up, down, done, lab } = transfer(seed, faults);
        const where = `seed ${seed}: ${client.connection.state} ${server?.connection.state} got ${server?.received} ${client.received}`;
        expect(done, where).toBe(true);
        expect([client.failure, server?.failure], where).toEqual([null, null]);
        expect(server?.content.equals(up), where).toBe(true);
        expect(client.content.equals(down), where).toBe(true);
        lab.run(300_000_000);
        expect([lab.a.tcp.size, lab.b.tcp.size, lab.flying], where).toEqual([0, 0, 0]);
      }
    });
  }
});
