import { expect, test } from 'vitest';
import { echoRequest, ipv4Packet } from '../../testing/ip-packets.js';
import { emitIpv6 } from '../../wire/ipv6.js';
import { Refusal, refusalOf } from './may-complain.js';

test('what is not complained about', () => {
  const refusal = (packet: Uint8Array, packetType = 0) =>
    refusalOf(packet, 0, packet.length, packetType, 'no-port');
  const icmp = (type: number) => ipv4Packet({ protocol: 1, payload: echoRequest(24, type) });
  expect(refusal(ipv4Packet())).toBe(Refusal.none);
  for (const type of [3, 4, 5, 11, 12, 44]) expect(refusal(icmp(type))).toBe(Refusal.error);
  for (const type of [0, 8, 13]) expect(refusal(icmp(type))).toBe(Refusal.none);
  for (const kind of [1, 2]) expect(refusal(ipv4Packet(), kind)).toBe(Refusal.group);
  for (const destination of ['224.0.0.1', '255.255.255.255'])
    expect(refusal(ipv4Packet({ destination }))).toBe(Refusal.group);
  for (const source of ['0.0.0.0', '127.0.0.1', '224.0.0.1', '255.255.255.255'])
    expect(refusal(ipv4Packet({ source }))).toBe(Refusal.source);
  expect(refusal(ipv4Packet({ fragment: 0x2001 }))).toBe(Refusal.fragment);
  expect(refusal(ipv4Packet({ fragment: 0x2000 }))).toBe(Refusal.none);
  expect(refusal(ipv4Packet().subarray(0, 30))).toBe(Refusal.malformed);

  const six = (next: number, payload: number[], source = [0xfd, 1], destination = [0xfd, 2]) => {
    const packet = new Uint8Array(40 + payload.length);
    const address = (start: number[]) => Uint8Array.of(...start, ...new Array<number>(13).fill(0), 5);
    emitIpv6(packet, 0, payload.length, next, 64, address(source), address(destination));
    packet.set(payload, 40);
    return packet;
  };
  expect(refusal(six(17, [1]))).toBe(Refusal.none);
  expect(refusal(six(58, [1, 0]))).toBe(Refusal.error);
  expect(refusal(six(58, []))).toBe(Refusal.error);
  expect(refusal(six(58, [128]))).toBe(Refusal.none);
  expect(refusal(six(44, [58, 0, 0, 1, 0, 0, 0, 0, 1]))).toBe(Refusal.error);
  expect(refusal(six(44, [17, 0, 0, 1, 0, 0, 0, 0, 1]))).toBe(Refusal.none);
  expect(refusal(six(44, [17, 0, 0, 9, 0, 0, 0, 0, 1]))).toBe(Refusal.fragment);
  const group = six(17, [1], [0xfd, 1], [0xff, 2]);
  expect(refusal(group)).toBe(Refusal.group);
  expect(refusalOf(group, 0, group.length, 2, 'too-big')).toBe(Refusal.none);
  expect(refusal(six(17, [1], [0xff, 2]))).toBe(Refusal.source);
  expect(refusal(six(17, [1], [0, 0]))).toBe(Refusal.none);
});
