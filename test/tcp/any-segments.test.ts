import { expect, test } from 'vitest';
import type { Connection } from '../../src/stack/tcp/connection.js';
import { abort, release } from '../../src/stack/tcp/operate.js';
import { seededRandom } from '../../src/testing/random.js';
import { TcpScript, type Written } from '../../src/testing/tcp-script.js';

const FLAGS = [
  'A',
  'A',
  'A',
  'A',
  'A',
  'PA',
  'FA',
  'S',
  'SA',
  'R',
  'RA',
  'F',
  '',
  'UA',
  'AE',
  'AEC',
  'SFRPAUEC',
];

/** What must hold of a connection whatever a peer sends. */
function check(c: Connection): void {
  const inFlight = (c.sndNxt - c.sndUna) | 0;
  expect(inFlight).toBeGreaterThanOrEqual(0);
  const { board } = c;
  let at = c.sndUna;
  let sum = 0;
  for (let i = 0; i < board.count; i++) {
    expect(board.at(i).seq).toBe(at);
    at = board.at(i).end;
    sum += board.at(i).length;
  }
  expect(board.inFlight + board.sackedBytes + board.lostBytes).toBe(sum);
  if (c.state === 'closed' || c.state === 'time-wait') {
    expect([board.count, c.queue.length, c.inbox.pieceCount, c.place]).toEqual([0, 0, 0, -1]);
    return;
  }
  // All that was sent, but for the SYN and the FIN, is still in the queue.
  const established = c.state !== 'syn-sent' && c.state !== 'syn-received';
  if (established) {
    expect(sum).toBe(inFlight);
    expect(c.queue.length - (sum - (c.finSent ? 1 : 0))).toBeGreaterThanOrEqual(0);
  }
  expect((c.rcvAdvertised - c.rcvNxt) | 0).toBeGreaterThanOrEqual(0);
  expect(c.inbox.readable).toBeLessThanOrEqual(c.receiveLimit + 1);
  expect(c.inbox.waiting).toBeLessThanOrEqual(c.settings.receiveBufferMost);
  expect(c.congestion.window).toBeGreaterThanOrEqual(c.segment);
  expect(c.congestion.threshold).toBeGreaterThanOrEqual(2 * 28);
  expect(Number.isFinite(c.rtt.timeout) && c.rtt.timeout > 0).toBe(true);
  expect(c.retransmitAt).not.toBeNaN();
}

/** A peer that sends anything, mostly near what would be right, to a host that writes, reads and closes. */
function play(seed: number): void {
  const random = seededRandom(seed * 7919);
  for (let i = 0; i < 5; i++) random();
  const upTo = (most: number): number => random() % (most + 1);
  const near = (value: number): number => value + (upTo(3) > 0 ? 0 : upTo(4_000) - 2_000);
  const timestamps = upTo(1) === 1;
  const isn = [0x1000_0000, 0x7fff_f000, 0xffff_f000][upTo(2)];
  const script = new TcpScript({ timestamps, sack: upTo(3) > 0, ecn: 'ask', retries: 6, synRetries: 3 }, isn);
  script.burst = upTo(1) ? 1460 : 20_000;
  if (upTo(3) > 0) script.connect();
  else {
    script.listen(2);
    script.peer.send({ flags: 'S', seq: 0, mss: 1460, scale: upTo(14), sackPermitted: true });
  }
  const users = new Set([script.user]);
  for (let step = 0; step < 120; step++) {
    const c = script.user.connection;
    users.add(script.user);
    const seq = near((c.rcvNxt - script.peer.isn) | 0);
    const ack = near(upTo(1) ? (c.sndNxt - c.iss) | 0 : ((c.sndUna - c.iss) | 0) + upTo(3_000));
    const written: Written = { flags: FLAGS[upTo(FLAGS.length - 1)] ?? 'A', seq, ack, window: upTo(65_535) };
    if (upTo(2) === 0) written.payload = upTo(3_000);
    if (timestamps ? upTo(9) > 0 : upTo(9) === 0)
      written.timestamps = [1_000 + step + upTo(4), c.timestampOffset];
    if (upTo(2) === 0)
      written.sack = Array.from({ length: upTo(3) }, () => [ack + upTo(6_000), ack + upTo(9_000)]);
    if (upTo(5) === 0) written.mss = upTo(2_000);
    const what = upTo(20);
    if (what < 11) script.peer.send(written, upTo(9) === 0);
    else if (what < 14) script.after(upTo(300_000));
    else if (what < 17) script.user.write(new Uint8Array(upTo(6_000)));
    else if (what === 17) script.user.reads = upTo(1) === 1;
    else if (what === 18 && upTo(9) === 0) script.user.end();
    else if (what === 19 && upTo(29) === 0) (upTo(1) ? release : (one: Connection) => abort(one, null))(c);
    else if (what === 20) script.tcp.pathNarrowed(script.ends(), c.sndUna, upTo(1_500));
    script.hasRoom = upTo(15) > 0;
    for (const user of users) if (user.connection !== undefined) check(user.connection);
    // The window in segments of the smallest path, at most.
    expect(script.peer.ignore()).toBeLessThan(2_500);
  }
  script.hasRoom = true;
  script.after(3_000_000_000);
  script.tcp.close();
  expect([script.tcp.size, script.isQuiet]).toEqual([0, true]);
  for (const user of users)
    expect(user.events.filter((one) => one === 'closed' || one.startsWith('E')).length).toBe(1);
}

test('RFC 9293 §3.10.7: whatever a peer sends, the numbers stay consistent, memory bounded, and nothing is left', () => {
  const seeds = process.env.QUIPU_LONG === '1' ? 5_000 : 100;
  for (let seed = 1; seed <= seeds; seed++) {
    try {
      play(seed);
    } catch (error) {
      throw new Error(`seed ${seed}`, { cause: error });
    }
  }
});
