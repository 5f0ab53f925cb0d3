import type { Answer } from 'dns-packet';
import { expect, test } from 'vitest';
import { type Asked, answerTo, cutAnswer, FakeNameServers } from '../../../testing/name-servers.js';
import { type ResolverOptions, resolverSettings } from './config.js';
import { type Resolution, Resolver } from './resolver.js';

const SECOND = 1_000_000;

/** A resolver, its servers, and what it was asked in short: `10.0.0.53 A name`, behind `tcp` where it was by TCP. */
function setUp(answer: (asked: Asked) => void, options: Partial<ResolverOptions> = {}) {
  const servers = new FakeNameServers(answer);
  const resolver = new Resolver(resolverSettings({ servers: ['10.0.0.53'], ...options }), servers);
  return {
    ...{ servers, resolver },
    ask(name: string, family: 0 | 4 | 6 = 4) {
      const told: Resolution[] = [];
      resolver.resolve(name, family, (resolution) => told.push(resolution));
      return told;
    },
    /** What the servers were asked, in short. */
    questions: () =>
      servers.asked.map(({ server, by, packet }) => {
        const [{ type = '', name = '' } = {}] = packet.questions ?? [];
        return `${by === 'stream' ? 'tcp ' : ''}${server.address} ${type} ${name}`;
      }),
  };
}

const a = (name: string, data: string, ttl = 60): Answer => ({ type: 'A', name, data, ttl });
const aaaa = (name: string, data: string, ttl = 60): Answer => ({ type: 'AAAA', name, data, ttl });
const cname = (name: string, data: string, ttl = 60): Answer => ({ type: 'CNAME', name, data, ttl });
const soa = (ttl: number, minimum: number): Answer => ({
  ...{ type: 'SOA', name: 'test', ttl },
  data: { mname: 'ns.test', rname: 'root.test', serial: 1, refresh: 1, retry: 1, expire: 1, minimum },
});

const nameOf = ({ packet }: Asked) => packet.questions?.[0]?.name ?? '';
const typeOf = ({ packet }: Asked) => packet.questions?.[0]?.type;
const found = (...addresses: string[]) => [{ addresses }];
const failed = (failure: 'ENOTFOUND' | 'EAI_AGAIN') => [{ failure }];

test('both families are asked for together; a question asks for recursion and takes 1232 bytes', () => {
  const { servers, ask, questions } = setUp((asked) =>
    asked.reply(
      answerTo(asked, [typeOf(asked) === 'A' ? a('www.test', '10.0.0.1') : aaaa('www.test', 'fd00::1')]),
    ),
  );
  const told = ask('WWW.Test', 0);
  expect(questions()).toEqual(['10.0.0.53 AAAA www.test', '10.0.0.53 A www.test']);
  expect(servers.asked[0].packet).toMatchObject({
    ...{ type: 'query', flag_rd: true },
    additionals: [{ type: 'OPT', udpPayloadSize: 1232 }],
  });
  expect(servers.asked[0].packet.id).not.toBe(servers.asked[1].packet.id);
  servers.elapse(10);
  expect(told).toEqual(found('fd00::1', '10.0.0.1'));
  expect(servers.open).toBe(0);
});

test('a name with one family only, asked for both', () => {
  const { servers, ask } = setUp((asked) =>
    asked.reply(answerTo(asked, typeOf(asked) === 'A' ? [a('four.test', '10.0.0.4')] : [])),
  );
  const told = [ask('four.test', 0), ask('four.test', 6)];
  servers.elapse(10);
  expect(told).toEqual([found('10.0.0.4'), failed('ENOTFOUND')]);
});

test('no such name is ENOTFOUND; servers that cannot say are passed over, and all of them are EAI_AGAIN', () => {
  const codes = new Map([
    ['10.0.0.1', 2],
    ['10.0.0.2', 5],
    ['10.0.0.3', 3],
  ]);
  const answer = (asked: Asked) => asked.reply(answerTo(asked, [], codes.get(asked.server.address)));
  const all = setUp(answer, { servers: ['10.0.0.1', '10.0.0.2', '10.0.0.3'] });
  const told = all.ask('x.test');
  all.servers.elapse(10);
  expect(told).toEqual(failed('ENOTFOUND'));
  expect(all.questions()).toHaveLength(3);
  const bad = setUp(answer, { servers: ['10.0.0.1', '10.0.0.2'] });
  const second = bad.ask('x.test');
  bad.servers.elapse(50);
  expect(second).toEqual(failed('EAI_AGAIN'));
  expect(bad.questions()).toHaveLength(4);
});

test('silence: five seconds for each try, every server twice, from a new number each time', () => {
  const { servers, ask } = setUp(() => {}, { servers: ['10.0.0.1', '[fd00::2]:5353'] });
  const told = ask('x.test');
  servers.elapse(20 * SECOND - 1);
  expect(told).toEqual([]);
  servers.elapse(1);
  expect(told).toEqual(failed('EAI_AGAIN'));
  expect(servers.asked.map(({ server, at }) => [server.address, server.port, at / SECOND])).toEqual([
    ['10.0.0.1', 53, 0],
    ['fd00::2', 5353, 5],
    ['10.0.0.1', 53, 10],
    ['fd00::2', 5353, 15],
  ]);
  expect(new Set(servers.asked.map(({ packet }) => packet.id)).size).toBe(4);
  expect(servers.open).toBe(0);
});

test('nobody at the server’s port: the next one is asked at once', () => {
  const { servers, ask } = setUp(
    (asked) =>
      asked.server.port === 53 ? asked.fail() : asked.reply(answerTo(asked, [a('x.test', '10.0.0.9')])),
    { servers: ['10.0.0.1', '10.0.0.1:54'] },
  );
  const told = ask('x.test');
  servers.elapse(10);
  expect(told).toEqual(found('10.0.0.9'));
});

test('by TCP, what is not the answer ends a try, and so does what breaks off', () => {
  const tries = [
    (asked: Asked) => asked.reply(answerTo(asked, [], 0, { id: (asked.packet.id ?? 0) ^ 1 })),
    (asked: Asked) => asked.fail(),
    (asked: Asked) => asked.reply(answerTo(asked, [a('x.test', '10.0.0.9')])),
  ];
  const { servers, ask } = setUp(
    (asked) => {
      if (asked.by === 'datagrams') asked.reply(cutAnswer(asked));
      else tries.shift()?.(asked);
    },
    { attempts: 3 },
  );
  const told = ask('x.test');
  servers.elapse(100);
  expect(told).toEqual(found('10.0.0.9'));
  expect(servers.open).toBe(0);
});

test('a datagram far longer than was asked for is not read', () => {
  const { servers, ask } = setUp((asked) => {
    asked.reply(Buffer.concat([answerTo(asked, [a('x.test', '6.6.6.6')]), Buffer.alloc(4096)]));
    servers.after(SECOND, () => asked.reply(answerTo(asked, [a('x.test', '10.0.0.9')])));
  });
  const told = ask('x.test');
  servers.elapse(SECOND + 10);
  expect(told).toEqual(found('10.0.0.9'));
});

test.each(['exä/evil', 'ä?b', 'ä#b', 'ä\\b', 'ä%41', 'b@ä'])('%s is not cut to a name', (name) => {
  const { servers, ask } = setUp(() => {});
  expect(ask(name)).toEqual(failed('ENOTFOUND'));
  expect(servers.asked).toEqual([]);
});

test('forgeries do not end a question: number, question, server, port and form must be right', () => {
  const lies: ((asked: Asked) => void)[] = [
    (asked) => asked.reply(answerTo(asked, [a('x.test', '6.6.6.6')], 0, { id: (asked.packet.id ?? 0) ^ 1 })),
    (asked) =>
      asked.reply(
        answerTo(asked, [a('y.test', '6.6.6.6')], 0, {
          questions: [{ type: 'A', name: 'y.test', class: 'IN' }],
        }),
      ),
    (asked) =>
      asked.reply(
        answerTo(asked, [a('x.test', '6.6.6.6')], 0, {
          questions: [{ type: 'AAAA', name: 'x.test', class: 'IN' }],
        }),
      ),
    (asked) => asked.reply(answerTo(asked, [a('x.test', '6.6.6.6')]), { address: '10.0.0.66', port: 53 }),
    (asked) => asked.reply(answerTo(asked, [a('x.test', '6.6.6.6')]), { address: '10.0.0.53', port: 54 }),
    (asked) => asked.reply(answerTo(asked, [a('x.test', '6.6.6.6')], 0, { questions: [] })),
    (asked) => asked.reply(asked.bytes),
    (asked) => asked.reply(answerTo(asked, [a('x.test', '6.6.6.6')]).subarray(0, -3)),
    (asked) => asked.reply(new Uint8Array(0)),
    // Only the server's refusal ends a try, not somebody's.
    (asked) => asked.reply(answerTo(asked, [], 3), { address: '10.0.0.66', port: 53 }),
  ];
  const { servers, ask } = setUp((asked) => {
    for (const lie of lies) lie(asked);
    servers.after(SECOND, () => asked.reply(answerTo(asked, [a('X.Test', '10.0.0.9')])));
  });
  const told = ask('x.test');
  servers.elapse(SECOND - 1);
  expect(told).toEqual([]);
  servers.elapse(10);
  expect(told).toEqual(found('10.0.0.9'));
  expect(servers.asked).toHaveLength(1);
});

test('what is said of other names, and addresses that are none, are not believed', () => {
  const { servers, ask } = setUp((asked) =>
    asked.reply(
      answerTo(asked, [a('www.bank.test', '6.6.6.6'), aaaa('x.test', 'fd00::6'), a('x.test', '10.0.0.1')]),
    ),
  );
  const told = ask('x.test');
  servers.elapse(10);
  expect(told).toEqual(found('10.0.0.1'));
  expect(ask('www.bank.test')).toEqual([]);
});

test('an answer cut short is asked for again by TCP, where it may come in pieces', () => {
  const { servers, ask, questions } = setUp((asked) => {
    if (asked.by === 'datagrams') asked.reply(cutAnswer(asked));
    else
      asked.reply(
        answerTo(
          asked,
          Array.from({ length: 200 }, (_, i) => a('big.test', `10.1.0.${i}`)),
        ),
      );
  });
  const told = ask('big.test');
  servers.elapse(10);
  const [result] = told;
  expect('addresses' in result && result.addresses.length).toBe(200);
  expect(questions()).toEqual(['10.0.0.53 A big.test', 'tcp 10.0.0.53 A big.test']);
});

test('a server that does not know EDNS is asked without', () => {
  const { servers, ask } = setUp((asked) => {
    const hasEdns = (asked.packet.additionals ?? []).length > 0;
    if (hasEdns) asked.reply(answerTo(asked, [], 1, { questions: [] }));
    else asked.reply(answerTo(asked, [a('old.test', '10.0.0.7')]));
  });
  const told = ask('old.test');
  servers.elapse(10);
  expect(told).toEqual(found('10.0.0.7'));
});

test('aliases are followed, in one answer or by asking again, and not for ever', () => {
  const { servers, ask, questions } = setUp((asked) => {
    const name = nameOf(asked);
    const answers =
      name === 'one.test'
        ? [cname('ONE.test', 'two.Test'), cname('two.test', 'three.test'), a('three.test', '10.0.0.3')]
        : name === 'far.test'
          ? [cname('far.test', 'three.test')]
          : name === 'three.test'
            ? [a('three.test', '10.0.0.3')]
            : name === 'loop.test'
              ? [cname('loop.test', 'pool.test'), cname('pool.test', 'loop.test')]
              : [cname(name, `x${name}`)];
    asked.reply(answerTo(asked, answers));
  });
  const told = ['one.test', 'far.test', 'loop.test', 'endless.test'].map((name) => ask(name));
  servers.elapse(1000);
  expect(told).toEqual([found('10.0.0.3'), found('10.0.0.3'), failed('EAI_AGAIN'), failed('EAI_AGAIN')]);
  expect(questions().filter((one) => one.includes('endless')).length).toBeLessThan(40);
});

test('search domains: by the number of dots, until one has an address; a dot at the end means none of it', () => {
  const { servers, ask, questions } = setUp(
    (asked) =>
      asked.reply(
        nameOf(asked) === 'db.b.test'
          ? answerTo(asked, [a('db.b.test', '10.0.0.2')])
          : answerTo(asked, [], 3),
      ),
    { search: ['a.test', 'b.test'], ndots: 2 },
  );
  const told = [ask('db'), ask('x.y'), ask('one.two.three'), ask('db.')];
  servers.elapse(100);
  const none = failed('ENOTFOUND');
  expect(told).toEqual([found('10.0.0.2'), none, none, none]);
  const names = questions().map((one) => one.split(' ')[2]);
  const order = (...parts: string[]) => names.filter((name) => parts.includes(name));
  expect(order('db.a.test', 'db.b.test')).toEqual(['db.a.test', 'db.b.test']);
  expect(order('x.y.a.test', 'x.y.b.test', 'x.y')).toEqual(['x.y.a.test', 'x.y.b.test', 'x.y']);
  expect(order('one.two.three', 'one.two.three.a.test')).toEqual(['one.two.three', 'one.two.three.a.test']);
});

test('a name about which nobody can say ends the search', () => {
  const { servers, ask, questions } = setUp((asked) => asked.reply(answerTo(asked, [], 2)), {
    ...{ search: ['a.test'], attempts: 1 },
  });
  const told = ask('db');
  servers.elapse(100);
  expect([told, questions()]).toEqual([failed('EAI_AGAIN'), ['10.0.0.53 A db.a.test']]);
});

test('answers are kept for the shortest time in them, those that there is nothing by the SOA record', () => {
  const { servers, ask } = setUp((asked) => {
    const name = nameOf(asked);
    if (name === 'long.test')
      asked.reply(answerTo(asked, [cname(name, 'x.test', 30), a('x.test', '10.0.0.1', 90)]));
    else if (name === 'none.test') asked.reply(answerTo(asked, [], 3, { authorities: [soa(100, 20)] }));
    else if (name === 'odd.test') asked.reply(answerTo(asked, [a(name, '10.0.0.1', 0x8000_0000)]));
    else asked.reply(answerTo(asked, [], 3));
  });
  const times = (name: string, seconds: number) => {
    const before = servers.asked.length;
    const told = ask(name);
    servers.elapse(10);
    expect(told).toHaveLength(1);
    servers.elapse(seconds * SECOND);
    return servers.asked.length - before;
  };
  expect([times('long.test', 29), times('long.test', 2), times('long.test', 0)]).toEqual([1, 0, 1]);
  expect([times('none.test', 19), times('none.test', 2), times('none.test', 0)]).toEqual([1, 0, 1]);
  expect([times('odd.test', 0), times('odd.test', 0)]).toEqual([1, 1]);
  expect([times('unsure.test', 0), times('unsure.test', 0)]).toEqual([1, 1]);
});

test('the cache is bounded', () => {
  const { servers, ask } = setUp((asked) => asked.reply(answerTo(asked, [a(nameOf(asked), '10.0.0.1')])));
  for (let i = 0; i < 1001; i++) {
    ask(`n${i}.test`);
    servers.elapse(10);
  }
  const before = servers.asked.length;
  ask('n1000.test');
  expect(servers.asked.length).toBe(before);
  ask('n0.test');
  expect(servers.asked.length).toBe(before + 1);
});

test('the same question is asked once at a time, and at most 64 are under way', () => {
  const { servers, ask } = setUp((asked) => asked.reply(answerTo(asked, [a(nameOf(asked), '10.0.0.1', 0)])));
  const same = [ask('x.test'), ask('x.test')];
  expect(servers.asked).toHaveLength(1);
  const many = Array.from({ length: 200 }, (_, i) => ask(`n${i}.test`));
  expect(servers.open).toBe(64);
  servers.elapse(100);
  expect([...same, ...many].every((told) => told.length === 1 && 'addresses' in told[0])).toBe(true);
  expect(servers.open).toBe(0);
});

test.each([
  '',
  '.',
  'a..b',
  `${'x'.repeat(64)}.test`,
  `${'abc.'.repeat(64)}test`,
  'white space',
  '.x',
])('no name: %j is not asked for', (name) => {
  const { servers, ask } = setUp(() => {});
  expect(ask(name)).toEqual(failed('ENOTFOUND'));
  expect(servers.asked).toEqual([]);
});

test('names of other scripts are asked for in ASCII', () => {
  const { ask, questions } = setUp(() => {});
  ask('Zürich.test');
  expect(questions()).toEqual(['10.0.0.53 A xn--zrich-kva.test']);
});

test('close calls everything off', () => {
  const { servers, resolver, ask } = setUp(() => {});
  const told = Array.from({ length: 70 }, (_, i) => ask(`n${i}.test`));
  resolver.close();
  expect(told.every(([one]) => 'failure' in one && one.failure === 'EAI_AGAIN')).toBe(true);
  expect(ask('x.test')).toEqual(failed('EAI_AGAIN'));
  servers.elapse(60 * SECOND);
  expect([servers.open, servers.asked.length]).toEqual([0, 64]);
});
