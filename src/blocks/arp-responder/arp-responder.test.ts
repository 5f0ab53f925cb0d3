import { expect, test } from 'vitest';
import { arpFrame, describeArp } from '../../testing/arp-frames.js';
import { hexOf } from '../../testing/frames.js';
import { OneBlock } from '../../testing/one-block.js';

const mac = '02:00:00:00:00:01';
const responder = (addresses: string | string[] = '10.0.0.1', ports = ['ingress', 'egress']) =>
  new OneBlock('arp-responder', { addresses, mac }, ports);

test('the request turns round as the reply', () => {
  const x = responder();
  x.send(Uint8Array.of(...arpFrame(), ...new Uint8Array(18)), 0, { packetType: 1 });
  const [out] = x.out('egress');
  expect(describeArp(out.bytes)).toBe(
    '02:00:00:00:00:01 > 02:00:00:00:00:0b: 10.0.0.1 at 02:00:00:00:00:01 tells 10.0.0.2 at 02:00:00:00:00:0b',
  );
  expect(hexOf(out.bytes.subarray(12, 22))).toBe('08060001080006040002');
  expect(out).toMatchObject({ direction: 1, packetType: 4 });
  expect(out.bytes.length).toBe(60);
  expect(x.node.block('x')).toMatchObject({ answered: 1 });
});

test('answers for prefixes, and a probe without a sender address', () => {
  const x = responder(['10.0.0.1 10.1.0.0/16']);
  for (const targetIp of ['10.1.0.0', '10.1.255.255', '10.2.0.0', '10.0.0.0']) x.send(arpFrame({ targetIp }));
  x.send(arpFrame({ senderIp: '0.0.0.0' }));
  expect(x.out('egress').map((out) => out.bytes.subarray(28, 32).join('.'))).toEqual([
    '10.1.0.0',
    '10.1.255.255',
    '10.0.0.1',
  ]);
  expect(x.out().length).toBe(2);
});

test('other addresses, and stations that announce their own, go on; unbound they are dropped', () => {
  const x = responder('10.0.0.0/24', ['egress']);
  x.send(arpFrame({ targetIp: '10.0.1.1' }));
  x.send(arpFrame({ senderIp: '10.0.0.7', targetIp: '10.0.0.7' }));
  expect(x.drops()).toEqual({ 'not-ours': 2 });
  expect(x.out('egress')).toEqual([]);
});

test.each([
  ['a reply', arpFrame({ operation: 2 })],
  ['a group address', arpFrame({ senderMac: '03:00:00:00:00:0b' })],
  ['one byte less', arpFrame().subarray(0, 41)],
  ['other lengths', arpFrame().fill(5, 18, 19)],
  ['IPv4', arpFrame().fill(0, 13, 14)],
  ['nothing', new Uint8Array(0)],
])('%s is dropped', (_what, bytes) => {
  const x = responder();
  x.send(bytes);
  expect(x.drops()).toEqual({ 'bad-arp': 1 });
});

test('what comes from above passes', () => {
  const x = responder();
  x.send(arpFrame(), 1);
  expect(x.out('egress').map((out) => hexOf(out.bytes))).toEqual([hexOf(arpFrame())]);
});

test('new addresses are taken whole or not at all', () => {
  const x = responder();
  expect(() => x.set({ addresses: '10.0.0.2 10.0.0' })).toThrow(
    'x: addresses: "10.0.0" is not an IPv4 address',
  );
  expect(() => x.set({ addresses: '' })).toThrow('addresses: 0 of them; give 1 to 256');
  expect(() => x.set({ mac: 'ff:ff:ff:ff:ff:ff', addresses: '10.0.0.2' })).toThrow('group address');
  x.send(arpFrame());
  expect(x.out('egress').length).toBe(1);
});
