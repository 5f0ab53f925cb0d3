import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { QuipuError } from '../contract/error.js';
import type { SinkAnswer, SinkQuestion, SinkSetup } from './sink.js';
import { SinkRing } from './sink-ring.js';
import { SinkTally } from './sink-tally.js';

// The thread of a sink: see sink.ts. It looks into its ring a thousand times a second and sleeps in between, so that
// nobody has to wake it for a frame.

/** Milliseconds between two looks when nothing has come. */
const NAP = 1;
/** Frames between two looks for a question, and so many times as many before its answer: more than a ring holds. */
const BATCH = 4096;
const BATCHES = 128;

if (parentPort === null) throw new Error('sink-worker.js is the entry of a worker thread');
const port = parentPort;
const setup = workerData as SinkSetup;
const bell = new Int32Array(setup.bell);
const tally = new SinkTally();
const say = (answer: SinkAnswer) => port.postMessage(answer);

try {
  const ring = new SinkRing(setup.device, setup.run, setup.ringBytes);
  say({ figures: tally.figures(0, 0) });
  serve(ring);
  ring.close();
  say({ figures: tally.figures(0, 0) });
} catch (error) {
  const code = error instanceof QuipuError ? error.code : 'internal';
  say({ error: { code, message: error instanceof Error ? error.message : String(error) } });
}
port.close();

function serve(ring: SinkRing): void {
  let [lost, failed] = [0, 0];
  const drain = () => {
    for (let i = 0; i < BATCHES && ring.drain(tally, BATCH) === BATCH; i++);
    lost += ring.takeDrops();
    const error = ring.takeError();
    if (error !== 0) failed = error;
  };
  for (;;) {
    const rung = Atomics.load(bell, 0);
    const question = receiveMessageOnPort(port)?.message as SinkQuestion | undefined;
    if (question === undefined) {
      if (ring.drain(tally, BATCH) === 0) Atomics.wait(bell, 0, rung, NAP);
      continue;
    }
    drain();
    if (question.ask === 'close') return;
    if (question.ask === 'begin') {
      tally.begin(question.trial);
      [lost, failed] = [0, 0];
    }
    say({ figures: tally.figures(lost, failed) });
  }
}
