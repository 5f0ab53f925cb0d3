import { QuipuError } from '../contract/error.js';

interface Fault {
  readonly path: PropertyKey[];
  readonly message: string;
}

/** The error of a link whose options are wrong: `udp link: local: …`. */
export function badOptions(kind: string, faults: readonly Fault[]): QuipuError {
  const texts = faults.map(({ path, message }) =>
    path.length > 0 ? `${path.join('.')}: ${message}` : message,
  );
  return new QuipuError('bad-config', `${kind} link: ${texts.join('; ')}`);
}
