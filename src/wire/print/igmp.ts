import {
  IGMP_GROUP,
  IGMP_LEAVE,
  IGMP_MESSAGE,
  IGMP_QUERY,
  IGMP_RECORDS,
  IGMP_REPORT1,
  IGMP_REPORT2,
  IGMP_REPORT3,
} from '../igmp.js';
import { printGroupRecords } from './group-records.js';
import type { LayerWriter } from './writer.js';

/** A query of version 3 up to its sources. */
const QUERY_3 = 12;
const MOST_SOURCES = 8;

/** IGMP of the versions 1 to 3 (RFC 1112, 2236, 3376). */
export function printIgmp(w: LayerWriter): null {
  w.protocol = 'IGMP';
  if (!w.needs(IGMP_MESSAGE, 'header')) {
    w.broken();
    return null;
  }
  w.takes(IGMP_MESSAGE);
  const type = w.u8('type', 0);
  const delay = w.u8('response time', 1);
  w.verify(2, w.room, 0);
  w.text = `${w.ends()}IGMP ${what(w, type, delay)} len ${w.room}`;
  return null;
}

function what(w: LayerWriter, type: number, delay: number): string {
  if (type === IGMP_REPORT3) return `report ${printGroupRecords(w, IGMP_RECORDS, 4)}`;
  const known = type === IGMP_QUERY || type === IGMP_REPORT1 || type === IGMP_REPORT2 || type === IGMP_LEAVE;
  if (!known) return `type ${type}`;
  const group = w.address4('group', IGMP_GROUP);
  if (type === IGMP_REPORT1) return `v1-report ${group}`;
  if (type === IGMP_REPORT2) return `v2-report ${group}`;
  if (type === IGMP_LEAVE) return `leave ${group}`;
  if (w.room > IGMP_MESSAGE && w.room < QUERY_3) w.fault(`a query of ${w.room} bytes`, IGMP_MESSAGE);
  if (w.room < QUERY_3) return `${delay === 0 ? 'v1' : 'v2'}-query ${group}`;
  if (!w.needs(QUERY_3, 'message')) return `query ${group} cut short`;
  w.number8('suppress', 8, 8);
  w.number8('robustness', 8, 7);
  w.u8('interval', 9);
  const count = w.u16('sources', 10);
  w.takes(QUERY_3 + count * 4);
  if (!w.needs(QUERY_3 + count * 4, 'message')) return `query ${group} of ${count} sources`;
  let text = `query ${group}`;
  for (let i = 0; i < Math.min(count, MOST_SOURCES); i++) text += ` ${w.address4('source', QUERY_3 + 4 * i)}`;
  return count > MOST_SOURCES ? `${text} ...` : text;
}
