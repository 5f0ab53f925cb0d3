import { expect, test } from 'vitest';
import { explicitEvent, nearEvents, parseEvents } from './events.js';

const events = parseEvents(`net:netif_rx
net:netif_receive_skb
net:net_dev_queue
skb:kfree_skb
tcp:tcp_probe
tcp:tcp_rcv_space_adjust
sched:sched_switch
xhci-hcd:xhci_queue_trb

broken line
`);

test('events are read as system and name', () => {
  expect(events.length).toBe(8);
  expect(events[7]).toEqual({ system: 'xhci-hcd', event: 'xhci_queue_trb' });
});

test('a tracepoint may be written with a colon or a slash', () => {
  expect(explicitEvent('net:netif_rx')).toEqual({ system: 'net', event: 'netif_rx' });
  expect(explicitEvent('net/netif_rx')).toEqual({ system: 'net', event: 'netif_rx' });
  for (const other of ['netif_rx', 'a:b:c', ':b', 'a:', 'a: b', '']) expect(explicitEvent(other)).toBe(null);
});

test('near a function are tracepoints that share words with it, the most first', () => {
  expect(nearEvents('__netif_receive_skb_core', events)).toEqual([
    'net:netif_receive_skb',
    'net:netif_rx',
    'skb:kfree_skb',
  ]);
  expect(nearEvents('tcp_v4_rcv', events, 1)).toEqual(['tcp:tcp_rcv_space_adjust']);
});

test('where no word is shared, those of the network in general are near', () => {
  expect(nearEvents('schedule', events)).toEqual([
    'net:netif_rx',
    'net:netif_receive_skb',
    'net:net_dev_queue',
  ]);
});
