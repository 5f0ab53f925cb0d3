// node sink-overrun.js FROM TO FRAMES: sends test frames while nobody empties the small ring at the other end, then
// counts: prints {"taken": …, "drops": …, "distinct": …} as one line of JSON.

import { SinkRing } from '../../../dist/generator/sink-ring.js';
import { SingleSender } from '../../../dist/generator/sink-sender.js';
import { SinkTally } from '../../../dist/generator/sink-tally.js';
import { TestFrameKind, testFrame } from '../../../dist/traffic/rfc2544/test-frame.js';

const [from, to, frames] = process.argv.slice(2);
const mac = (/** @type {number} */ last) => Uint8Array.of(2, 0, 0, 0, 0, last);
const addresses = {
  sourceMac: mac(1),
  destinationMac: mac(2),
  sourceIp: Uint8Array.of(198, 18, 0, 2),
  destinationIp: Uint8Array.of(198, 19, 0, 2),
  sourcePort: 0xc020,
  destinationPort: 7,
};
const run = 0x1234_5678;
const ring = new SinkRing(to, run, 1 << 16);
const tally = new SinkTally();
tally.begin({ trial: 1, length: 60, expected: Number(frames) });
const sender = new SingleSender(from, 60);
for (let number = 0; number < Number(frames); number++) {
  sender.send(testFrame(addresses, { size: 64, kind: TestFrameKind.load, run, trial: 1, number }));
}
// A frame of another run is none of ours.
sender.send(testFrame(addresses, { size: 64, kind: TestFrameKind.load, run: run + 1, trial: 1, number: 0 }));

// Nothing more comes when all frames are accounted for.
const end = performance.now() + 5000;
let [taken, drops] = [0, 0];
while (taken + drops < Number(frames) && performance.now() < end) {
  drops += ring.takeDrops();
  // Only when the others are lost already: it makes room.
  if (drops > 0) taken += ring.drain(tally, 1e6);
}
const { received, arrivals, duplicated, reordered } = tally.figures(drops, 0);
console.log(JSON.stringify({ taken, drops, received, arrivals, duplicated, reordered }));
sender.close();
ring.close();
