import { domainToASCII } from 'node:url';

/** Bytes of a name on the wire at most, lengths of labels included (RFC 1035 §2.3.4), the empty label at its end not. */
const LONGEST_NAME = 254;
const LONGEST_LABEL = 63;
/** Where `domainToASCII` ends a name, or reads it as something else, without a word. */
const OF_ADDRESSES = /[\0- /?#\\@:%[\]]/;

/**
 * A name as it is asked for: lower case, ASCII (IDNA for others), without a dot at its end. Null: nothing that a server could
 * be asked for.
 */
export function plainName(text: string): string | null {
  const isAscii = [...text].every((letter) => letter > ' ' && letter <= '~');
  if (!isAscii && OF_ADDRESSES.test(text)) return null;
  const name = (isAscii ? text : domainToASCII(text)).toLowerCase().replace(/\.$/, '');
  if (name.length + 1 > LONGEST_NAME) return null;
  const labels = name.split('.');
  return labels.every((label) => label.length > 0 && label.length <= LONGEST_LABEL) ? name : null;
}

/** The names that a text may stand for, in the order in which they are tried (resolv.conf(5), `search` and `ndots`). */
export function candidatesOf(text: string, search: readonly string[], ndots: number): string[] {
  const asIs = plainName(text);
  if (asIs === null) return [];
  if (text.endsWith('.')) return [asIs];
  const longer = search.flatMap((domain) => plainName(`${asIs}.${domain}`) ?? []);
  const dots = asIs.split('.').length - 1;
  return dots >= ndots ? [asIs, ...longer] : [...longer, asIs];
}
