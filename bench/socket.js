// Group `socket`: an application's socket beside an AF_PACKET socket in C (seed 004: LANA's equals it).

import { quipu, recvfrom } from './receivers/receivers.js';
import { contest } from './shared/contest.js';
import { begin } from './shared/report.js';
import { printStandings } from './shared/standings.js';
import { built } from './shared/tools.js';

const SIZES = [64, 256, 1024, 1518];

export async function socket() {
  const { write } = begin('socket', 'frames that reach an application a second, veth flooded');
  const program = built('recvfrom');
  const receivers = [
    quipu("Quipu 'message'", 'message'),
    quipu('Quipu receive()', 'receive'),
    quipu('Quipu receiveInto()', 'into'),
  ];
  if (program) receivers.push(recvfrom(program));
  else console.log('  no C compiler (cc): no recvfrom loop to compare with');
  const { standings, parameters } = await contest(receivers, SIZES);
  printStandings(standings);
  write({ parameters, rows: standings });
}
