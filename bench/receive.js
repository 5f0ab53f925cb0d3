// Group `receive`: frames received a second on a real link, beside a plain C loop and netsniff-ng.

import { netsniff, quipu, recvfrom } from './receivers/receivers.js';
import { contest } from './shared/contest.js';
import { begin } from './shared/report.js';
import { printStandings } from './shared/standings.js';
import { built, versionOf } from './shared/tools.js';

/** Frame sizes of RFC 2544 §9.1, in bytes. */
const SIZES = [64, 128, 256, 512, 1024, 1280, 1518];

export async function receive() {
  const { write } = begin('receive', 'frames received a second on veth, flooded');
  const program = built('recvfrom');
  const netsniffVersion = versionOf('netsniff-ng');
  const receivers = [
    quipu('Quipu', 'count'),
    quipu('Quipu, recvmmsg', 'count', 'recvmmsg'),
    quipu('Quipu, AF_XDP', 'count', 'xdp'),
  ];
  if (program) receivers.push(recvfrom(program));
  else console.log('  no C compiler (cc): no recvfrom loop to compare with');
  if (netsniffVersion) receivers.push(netsniff());
  else console.log('  netsniff-ng is not installed: left out');
  const { standings, parameters } = await contest(receivers, SIZES);
  printStandings(standings);
  write({ parameters: { ...parameters, netsniffVersion }, rows: standings });
}
