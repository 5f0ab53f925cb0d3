import { expect, test } from 'vitest';
import { memoryEnd } from '../../links/memory/memory.js';
import { createHost } from './host.js';
import type { HostOptions } from './options.js';

/** Tries to make a host; answers why it was refused, and what became of the links that it had opened. */
function refused(more: Partial<HostOptions>, addresses = ['10.0.0.1/24']): { why: string; links: string[] } {
  const links: string[] = [];
  const openLink: HostOptions['openLink'] = (_spec, context) => {
    const { link } = memoryEnd(context);
    const [close, at] = [link.close.bind(link), links.push('open') - 1];
    link.close = () => {
      links[at] = 'closed';
      close();
    };
    return link;
  };
  const mac = '02:00:00:00:00:01';
  const link = { name: 'm', link: { kind: 'memory' }, mac, addresses } as const;
  try {
    createHost({ name: 'h1', links: [link], openLink, ...more }).close();
  } catch (error) {
    return { why: (error as Error).message, links };
  }
  return { why: '', links };
}

test('a host that is refused leaves no link open', () => {
  expect(refused({ gateway: '10.9.0.1' })).toEqual({
    why: 'gateway 10.9.0.1 is on none of the networks of host h1: it has 10.0.0.0/24',
    links: ['closed'],
  });
  expect(refused({}, ['10.0.0.1/24', '224.0.0.1/4'])).toEqual({
    why: '224.0.0.1/4 is the address of no single host',
    links: ['closed'],
  });
});

test('an address says how long its network is', () => {
  expect(refused({}, ['10.0.0.1']).why).toBe(
    '10.0.0.1: say how long its network is, as in 10.0.0.1/24; 10.0.0.1/32 is a network of one',
  );
});
