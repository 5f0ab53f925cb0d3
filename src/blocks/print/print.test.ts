import { expect, test } from 'vitest';
import { makeEngine } from '../../testing/engine.js';
import { ethernetFrame } from '../../testing/frames.js';
import { ipv4Frame, ipv6Frame } from '../../testing/ip-frames.js';

function printing(config: Record<string, unknown> = {}) {
  const node = makeEngine();
  node.act({ do: 'add', name: 'p', type: 'print', config });
  node.add({ end: 'discard' });
  node.act(
    { do: 'connect', from: 'p', port: 'ingress', to: 'end' },
    { do: 'connect', from: 'p', port: 'egress', to: 'end' },
  );
  node.lines.length = 0;
  const send = (bytes: Uint8Array, direction: 0 | 1 = 0, metadata: object = {}) => {
    const frame = node.engine.pool.allocate()!;
    frame.fill(bytes);
    Object.assign(frame, metadata);
    node.engine.inject(frame, node.get('p').idp, direction);
    return node.lines.splice(0);
  };
  return { node, send };
}

test('one line a frame: time, direction, length, mark, what is in it', () => {
  const { node, send } = printing();
  const timestamp = 86_400e6 * 20_000 + ((15 * 60 + 4) * 60 + 5) * 1e6 + 6;
  expect(send(ipv4Frame(), 0, { timestamp })).toEqual([
    '[p::print] 15:04:05.000006 up 74 bytes: IPv4 10.0.0.1:1000 > 10.0.0.2:2000 UDP malformed len 40 [UDP: length of 0, at byte 38]',
  ]);
  expect(send(new Uint8Array(3), 1, { mark: 7 })).toEqual([
    '[p::print] - down 3 bytes mark 7: short frame of 3 bytes',
  ]);
  expect(node.block('p')).toMatchObject({ packets: 2, printed: 2, skipped: 0 });
  expect(node.block('end')).toMatchObject({ packets: 2 });
});

test('a label, and the first bytes in hex', () => {
  const { send } = printing({ label: 'here', hex: 14 });
  const [line] = send(ethernetFrame({ type: 0x1234, length: 20 }));
  expect(line).toBe(
    '[p::print] here - up 20 bytes: 0x1234 02:00:00:00:00:0b > 02:00:00:00:00:0a len 6 ' +
      '02000000 000a0200 0000000b 1234',
  );
  expect(send(Uint8Array.of(1, 2))[0]).toMatch(/short frame of 2 bytes 0102$/);
});

test('packets without a link header', () => {
  const { send } = printing({ layer: 'ip' });
  expect(send(ipv4Frame({ protocol: 47 }).subarray(14))[0]).toMatch(/: IPv4 10.0.0.1 > 10.0.0.2 GRE len 40$/);
  expect(send(ipv6Frame({ protocol: 47 }).subarray(14))[0]).toMatch(/: IPv6 fd00::1 > fd00::2 GRE len 40$/);
  expect(send(Uint8Array.of(0x10))[0]).toMatch(/: no IP packet: version 1$/);
  expect(send(new Uint8Array(0))[0]).toMatch(/: no IP packet: version 0$/);
});

test('at most so many lines a second; the next one tells of the frames between', () => {
  const { node, send } = printing({ rate: 3 });
  const lines = () => Array.from({ length: 5 }, () => send(ethernetFrame()).length).join('');
  expect(lines()).toBe('11100');
  node.elapse(333_334);
  const [line] = send(ethernetFrame());
  expect(line).toMatch(/ \(2 frames before it not printed\)$/);
  expect(lines()).toBe('00000');
  node.elapse(60_000_000);
  expect(lines()).toBe('11100');
  expect(node.block('p')).toMatchObject({ packets: 16, printed: 7, skipped: 9 });
  expect(node.block('end')).toMatchObject({ packets: 16 });
  node.act({ do: 'set', name: 'p', options: { rate: 10_000 } });
  node.elapse(1_000_000);
  expect(send(ethernetFrame())[0]).toMatch(/ \(2 frames before it not printed\)$/);
  expect(send(ethernetFrame())[0]).not.toMatch(/not printed/);
});

test.each([
  { rate: 0 },
  { rate: 10_001 },
  { hex: 257 },
  { label: 'a\nb' },
  { layer: 'atm' },
])('%j is refused', (config) => {
  expect(() => printing(config)).toThrow('p (print): ');
});
