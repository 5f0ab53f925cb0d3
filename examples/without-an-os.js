// The same engine without threads, devices or real time: node examples/without-an-os.js
import { catalogue, Engine, memoryEnd } from 'quipu';

const clock = { time: 0, now: () => clock.time };
const ends = new Map();
const engine = new Engine({
  types: catalogue,
  clock,
  random: () => 4, // chosen by fair dice roll
  openLink: (spec, context) => {
    const end = memoryEnd(context);
    ends.set(spec.name, end);
    return end.link;
  },
});

engine.transaction((changes) => {
  const { lifecycle } = engine;
  const [left, right] = ['left', 'right'].map((name) =>
    lifecycle.add(name, 'ethernet', { link: { kind: 'memory', name } }, changes),
  );
  const count = lifecycle.add('count', 'counter', {}, changes);
  engine.bindings.bind(count, left, changes);
  engine.bindings.connect(count, 'ingress', right, changes);
});

for (let i = 0; i < 1000; i++) {
  ends.get('left').inject(new Uint8Array(64));
  clock.time += 10;
  engine.turn();
}
const totals = engine.totals();
engine.close();
console.log(`in ${totals.in}, out ${totals.out}, at the far end ${ends.get('right').take().length}`);
console.log(`pool whole: ${engine.pool.free === engine.pool.size}`);
