import { readU16 } from '../bytes.js';
import { recordLength } from '../group-record.js';
import type { LayerWriter } from './writer.js';

const MOST_RECORDS = 12;
/** By their numbers (RFC 3376 §4.2.12, RFC 3810 §5.2.12). */
const KINDS: readonly string[] = ['', 'is-in', 'is-ex', 'to-in', 'to-ex', 'allow', 'block'];

/** The records of a report, their count at byte 6 and they from `from` on, of IGMP (addresses of 4 bytes) or of MLD (16). */
export function printGroupRecords(w: LayerWriter, from: number, addressLength: 4 | 16): string {
  const count = w.u16('records', 6);
  const bare = recordLength(addressLength);
  const texts: string[] = [];
  let at = from;
  for (let i = 0; i < Math.min(count, MOST_RECORDS); i++) {
    if (!w.needs(at + bare, 'record')) break;
    const kind = w.u8('record kind', at);
    const auxiliary = w.u8('auxiliary words', at + 1) * 4;
    const many = readU16(w.bytes, w.offset + at + 2);
    w.note('record sources', many, at + 2, 2);
    const group =
      addressLength === 4 ? w.address4('record group', at + 4) : w.address6('record group', at + 4);
    texts.push(`${KINDS[kind] ?? `kind ${kind}`} ${group} {${many}}`);
    if (kind < 1 || kind > 6) w.fault(`record of kind ${kind}`, at);
    const size = bare + many * addressLength + auxiliary;
    if (!w.needs(at + size, 'record')) break;
    at += size;
    w.takes(at);
  }
  return `${texts.join(' ')}${count > MOST_RECORDS ? ' ...' : ''}`;
}
