import { once } from 'node:events';
import { expect, test } from 'vitest';
import { hostPair } from '../../testing/memory-hosts.js';

test('whoever uses a host that is closed is told', async () => {
  const { a, b, close } = hostPair();
  const bound = a.udp('udp4').bind(53);
  await once(bound, 'listening');
  close();
  const call = a.connect({ host: '10.0.0.2', port: 80 });
  expect((await once(call, 'error'))[0]).toMatchObject({ code: 'ENETDOWN' });
  expect((await once(b.listen(80), 'error'))[0]).toMatchObject({ code: 'ENETDOWN' });
  const sent = new Promise((resolve) => a.udp('udp4').send('x', 53, '10.0.0.2', resolve));
  expect(await sent).toMatchObject({ code: 'ENETUNREACH' });
  await once(bound.close(), 'close');
  expect(await a.ping('10.0.0.2')).toMatchObject({ what: 'unsent' });
  await expect(a.request({ op: 'show' })).rejects.toMatchObject({ code: 'unreachable' });
});
