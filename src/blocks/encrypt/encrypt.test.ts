import { createDecipheriv } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { accountFaults } from '../../testing/account.js';
import { ethernetFrame, hexOf } from '../../testing/frames.js';
import { singleBlock } from '../../testing/one-block.js';

const KEY = '000102030405060708090a0b0c0d0e0f';

/** Opens a frame with Node's own functions, from the description in the README alone. */
function openByHand(frame: Uint8Array, key: string, offset = 14): string {
  const length = frame[offset + 2] * 256 + frame[offset + 3];
  const algorithm = key.length === 32 ? 'aes-128-gcm' : 'aes-256-gcm';
  const nonce = frame.subarray(offset + 4, offset + 16);
  const decipher = createDecipheriv(algorithm, Buffer.from(key, 'hex'), nonce);
  decipher.setAAD(frame.subarray(0, offset + 4));
  decipher.setAuthTag(frame.subarray(offset + 16 + length, offset + 32 + length));
  return (
    decipher.update(frame.subarray(offset + 16, offset + 16 + length), undefined, 'hex') +
    decipher.final('hex')
  );
}

describe.each([KEY, KEY + KEY])('key %s', (key) => {
  test('seals the payload; the link header stays and is covered', () => {
    const { node, down } = singleBlock('encrypt', { key });
    const frame = ethernetFrame({ length: 100 });
    node.inject('x', 1, frame);
    const [sent] = down.takeBytes();
    expect(sent.length).toBe(132);
    expect(hexOf(sent.subarray(0, 18))).toBe(`${hexOf(frame.subarray(0, 14))}9e000056`);
    expect(openByHand(sent, key)).toBe(hexOf(frame.subarray(14)));
    expect(() => openByHand(sent.with(0, 99), key)).toThrow();
    expect(node.block('x')).toMatchObject({ packets: 1, bytes: 86 });
  });
});

test('a payload of no bytes', () => {
  const { node, up } = singleBlock('encrypt', { key: KEY, offset: 0 });
  node.inject('x', 0, new Uint8Array(0));
  const [sent] = up.takeBytes();
  expect([sent.length, openByHand(sent, KEY, 0)]).toEqual([32, '']);
});

test('no nonce comes twice: numbers count up from the clock, another block has another salt', () => {
  const bench = singleBlock('encrypt', { key: KEY });
  const nonce = () => {
    bench.node.inject('x', 0);
    return hexOf(bench.up.takeBytes()[0].subarray(18, 30));
  };
  const [first, second] = [nonce(), nonce()];
  expect(first.slice(8)).toBe((1_000_000).toString(16).padStart(16, '0'));
  expect(second.slice(8)).toBe((1_000_001).toString(16).padStart(16, '0'));
  expect(second.slice(0, 8)).toBe(first.slice(0, 8));
  bench.node.act({ do: 'set', name: 'x', options: { key: KEY.replace('00', 'ff') } });
  bench.node.act({ do: 'set', name: 'x', options: { key: KEY } });
  expect(nonce().slice(8)).toBe((1_000_002).toString(16).padStart(16, '0'));
  const other = singleBlock('encrypt', { key: KEY }, { seed: 2 });
  other.node.inject('x', 0);
  expect(hexOf(other.up.takeBytes()[0].subarray(18, 22))).not.toBe(first.slice(0, 8));
});

test('frames without room for 32 bytes, and those that are too short, are dropped', () => {
  const options = { pool: { size: 4, slotSize: 132, headroom: 16 } };
  const { node, up } = singleBlock('encrypt', { key: KEY }, options);
  node.inject('x', 0, new Uint8Array(100));
  node.inject('x', 0, new Uint8Array(101));
  node.inject('x', 0, new Uint8Array(13));
  expect(up.takeBytes().map((frame) => frame.length)).toEqual([132]);
  expect(node.drops()).toEqual({ 'x too-long': 1, 'x too-short': 1 });
  const narrow = singleBlock('encrypt', { key: KEY }, { pool: { size: 4, slotSize: 512, headroom: 15 } });
  narrow.node.inject('x', 0);
  const long = singleBlock('encrypt', { key: KEY }, { pool: { size: 4, slotSize: 80_000 } });
  long.node.inject('x', 0, new Uint8Array(14 + 65_536));
  expect([narrow.node.drops(), long.node.drops()]).toEqual([{ 'x too-long': 1 }, { 'x too-long': 1 }]);
  expect(accountFaults(node.engine)).toEqual([]);
});

test('the last sequence number is not followed by the first', () => {
  const { node, up } = singleBlock('encrypt', { key: KEY });
  node.block<{ sequence: number } & import('../../contract/block.js').Block>('x').sequence = 2 ** 53 - 1;
  node.inject('x', 0);
  node.inject('x', 0);
  expect(up.takeBytes().map((frame) => hexOf(frame.subarray(22, 30)))).toEqual(['001fffffffffffff']);
  expect(node.drops()).toEqual({ 'x used-up': 1 });
});

test.each(['', '00', KEY.slice(1), `${KEY}0`, KEY.replace('0', 'g')])('the key %j is refused', (key) => {
  expect(() => singleBlock('encrypt', { key })).toThrow('hexadecimal');
});
