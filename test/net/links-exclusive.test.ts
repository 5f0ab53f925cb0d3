// needs: python3
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openAfPacket } from '../../src/links/af-packet/link.js';
import { Holders } from './links-holder.js';
import { KernelSink } from './links-sink.js';
import { drain, exitOf, firstLine, newContext, Rig, sleep } from './links-support.js';

let rig: Rig;
let sink: KernelSink;
let holders: Holders;

beforeAll(() => {
  holders = new Holders();
});
afterAll(() => holders?.remove());
afterEach(() => rig?.close());

test('the kernel gets no frame while the link is exclusive, and all after it is closed', async () => {
  rig = new Rig();
  sink = new KernelSink(rig);
  await sink.start(5);
  const context = newContext();
  const link = rig.open(rig.b, () =>
    openAfPacket({ kind: 'af-packet', device: 'vb', exclusive: true }, context),
  );
  sink.send(20);
  let seen = 0;
  await drain(link, context.pool, (frame) => {
    if (frame.protocol === 0x0800 && frame.u8(23) === 17) seen++;
  });
  expect([seen, sink.delivered()]).toEqual([20, 5]);
  link.close();
  sink.send(20);
  await sink.reaches(25);
});

test('two exclusive links on one device, each lets go by itself', async () => {
  rig = new Rig();
  sink = new KernelSink(rig);
  await sink.start(5);
  const context = newContext();
  const open = () =>
    rig.open(rig.b, () => openAfPacket({ kind: 'af-packet', device: 'vb', exclusive: true }, context));
  const one = open();
  const two = open();
  one.close();
  sink.send(3);
  await sleep(50);
  expect(sink.delivered()).toBe(5);
  two.close();
  sink.send(3);
  await sink.reaches(8);
});

test('SIGKILL of the process that holds it gives the frames back', async () => {
  rig = new Rig();
  sink = new KernelSink(rig);
  await sink.start(5);
  const child = holders.start({ exclusive: true }, rig);
  try {
    expect(await firstLine(child)).toBe('open');
    sink.send(20);
    await sleep(50);
    expect(sink.delivered()).toBe(5);
  } finally {
    child.kill('SIGKILL');
  }
  await exitOf(child);
  sink.send(20);
  await sink.reaches(25);
});

test('without privileges the error says what to do', async () => {
  const child = holders.start({ exclusive: true }, null, 65534);
  expect(await firstLine(child)).toBe(
    'no-privilege: cannot open a packet socket for lo: EPERM: not permitted; it needs root or CAP_NET_RAW',
  );
  expect(await exitOf(child)).toBe(3);
});
