import { MLD_DONE, MLD_GROUP, MLD_MESSAGE, MLD_RECORDS, MLD_REPORT1, MLD_REPORT2 } from '../mld.js';
import { printGroupRecords } from './group-records.js';
import type { LayerWriter } from './writer.js';

/** A query of version 2 up to its sources. */
const QUERY_2 = 28;
const MOST_SOURCES = 6;

/** Multicast listener discovery (RFC 2710, RFC 3810 §5) behind the first four bytes. */
export function printMld(w: LayerWriter, type: number): string {
  if (type === MLD_REPORT2) return `mld-report ${printGroupRecords(w, MLD_RECORDS, 16)}`;
  if (!w.needs(MLD_MESSAGE, 'message')) return 'mld malformed';
  w.takes(MLD_MESSAGE);
  const delay = w.u16('response delay', 4);
  const group = w.address6('group', MLD_GROUP);
  if (type === MLD_REPORT1) return `mld1-report ${group}`;
  if (type === MLD_DONE) return `mld-done ${group}`;
  if (w.room > MLD_MESSAGE && w.room < QUERY_2) w.fault(`a query of ${w.room} bytes`, MLD_MESSAGE);
  if (w.room < QUERY_2) return `mld1-query ${group} delay ${delay}`;
  if (!w.needs(QUERY_2, 'message')) return `mld-query ${group} cut short`;
  w.number8('suppress', 24, 8);
  w.number8('robustness', 24, 7);
  w.u8('interval', 25);
  const count = w.u16('sources', 26);
  w.takes(QUERY_2 + count * 16);
  if (!w.needs(QUERY_2 + count * 16, 'message')) return `mld-query ${group} of ${count} sources`;
  return `mld-query ${group} delay ${delay}${sources(w, QUERY_2, count)}`;
}

function sources(w: LayerWriter, at: number, count: number): string {
  let text = '';
  for (let i = 0; i < Math.min(count, MOST_SOURCES); i++) text += ` ${w.address6('source', at + i * 16)}`;
  return count > MOST_SOURCES ? `${text} ...` : text;
}
