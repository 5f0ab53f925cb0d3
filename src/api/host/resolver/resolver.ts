import type { ResolverEnvironment, ResolverSettings } from './contract.js';
import type { RecordType } from './message.js';
import { candidatesOf } from './names.js';
import { type Found, Records } from './records.js';

/** What a name stands for, or why that is not known: there is no such name, or nobody could say at the time. */
export type Resolution =
  | { readonly addresses: readonly string[] }
  | { readonly failure: 'ENOTFOUND' | 'EAI_AGAIN' };

const TYPES: Readonly<Record<0 | 4 | 6, readonly RecordType[]>> = { 0: ['AAAA', 'A'], 4: ['A'], 6: ['AAAA'] };

/**
 * Finds addresses of names by asking servers (RFC 1035): a stub resolver. It asks for recursion and follows aliases; it does
 * not check signatures (DNSSEC), and asks neither by TLS nor by HTTPS.
 */
export class Resolver {
  private readonly settings: ResolverSettings;
  private readonly records: Records;

  constructor(settings: ResolverSettings, environment: ResolverEnvironment) {
    this.settings = settings;
    this.records = new Records(settings, environment);
  }

  /** `family` 0: of both, asked for together. Tells at once what is known already. */
  resolve(name: string, family: 0 | 4 | 6, done: (resolution: Resolution) => void): void {
    const candidates = candidatesOf(name, this.settings.search, this.settings.ndots);
    this.tryNames(candidates, TYPES[family], done);
  }

  /** Questions under way come to nothing (EAI_AGAIN), and later ones too. */
  close(): void {
    this.records.close();
  }

  private tryNames(
    [name, ...others]: readonly string[],
    types: readonly RecordType[],
    done: (resolution: Resolution) => void,
  ): void {
    if (name === undefined) {
      done({ failure: 'ENOTFOUND' });
      return;
    }
    const all: Found[] = [];
    const add = (found: Found) => {
      all.push(found);
      if (all.length < types.length) return;
      const addresses = all.flatMap((one) => (one.kind === 'addresses' ? one.addresses : []));
      if (addresses.length > 0) done({ addresses });
      // A later name must not be taken for an earlier one about which nobody could say.
      else if (all.some((one) => one.kind === 'unable')) done({ failure: 'EAI_AGAIN' });
      else this.tryNames(others, types, done);
    };
    for (const type of types) this.records.find(name, type, add);
  }
}
