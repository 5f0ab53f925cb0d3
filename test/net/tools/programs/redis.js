// A program that knows nothing of Quipu: sets and gets keys of a Redis server by ioredis.
import { Redis } from 'ioredis';

const [host, port] = process.argv.slice(2);
const redis = new Redis({ host, port: Number(port), lazyConnect: true });
await redis.connect();
await redis.del('count');
await redis.set('knot', 'x'.repeat(500_000));
const lines = await redis.pipeline(Array.from({ length: 1000 }, () => ['incr', 'count'])).exec();
console.log((await redis.get('knot'))?.length, await redis.get('count'), lines?.length);
const address = await redis.client('INFO');
console.log(/ addr=\[?([\da-f.:]+?)\]?:\d+ /.exec(String(address))?.[1]);
const waiting = redis.duplicate();
await waiting.subscribe('cords');
waiting.on('message', async (channel, message) => {
  console.log(channel, message);
  await waiting.quit();
  await redis.quit();
});
await redis.publish('cords', 'tied');
