import { table } from '../shared/table.js';
import type { Counted } from './run-capture.js';

/** Values of which a table is still read. */
const MAX_ROWS = 20;

export function runText(counted: Counted): string {
  const { packets, accepted, bytes, acceptedBytes, cut, malformed, returns } = counted;
  const lines = [
    `accepted ${accepted} of ${packets} packets, ${acceptedBytes} of ${bytes} bytes\n`,
    returns.filter(({ value }) => value !== 0).length > 1 ? returnsText(returns) : '',
    malformed > 0 ? `${malformed} records could not be read\n` : '',
    cut > 0
      ? `${cut} packets were cut when captured: for the program they end there, and #len says so\n`
      : '',
  ];
  return lines.join('');
}

function returnsText(returns: Counted['returns']): string {
  const shown = returns.slice(0, MAX_ROWS).map(({ value, packets }) => [`${value}`, `${packets}`]);
  const rest = returns.length - shown.length;
  const text = table([['RETURNS', 'PACKETS'], ...shown], ['right', 'right']);
  return rest > 0 ? `${text}and ${rest} other values\n` : text;
}
