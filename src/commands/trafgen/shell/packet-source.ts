import { QuipuError } from '../../../contract/error.js';
import { MAX_PACKET_TEXT, MAX_WORKERS } from '../../../control/generator-words.js';
import { readTraffic } from '../../../traffic/read-traffic.js';
import { TrafficError } from '../../../traffic/traffic.js';
import { faultIn, type Source } from '../../shared/source.js';
import { readPackets } from '../packet-input.js';
import { packetText } from '../packet-text.js';
import type { Shell } from './shell.js';

/** The daemon compiles it again for itself: here it is only to be seen whether it can. */
const surroundings = { random: () => Math.floor(Math.random() * 2 ** 32) };

/**
 * Compiles a packet's text for its faults, which get their place and a caret. Answers warnings, with their place. Throws
 * QuipuError.
 */
export function checkPacket(source: Source): string[] {
  try {
    return readTraffic(source.text, surroundings).warnings.map((warning) => `${source.name}:${warning}`);
  } catch (error) {
    throw error instanceof TrafficError ? faultIn(source, error) : error;
  }
}

/** The packets of a file as text: of the packet language, or of a capture, byte for byte. Throws QuipuError. */
export async function packetFile(
  shell: Shell,
  { path, preprocess }: { readonly path: string; readonly preprocess: boolean },
): Promise<string> {
  if (path === '-') {
    throw new QuipuError(
      'bad-request',
      'commands come from stdin: name a file, or write the text behind <<END',
    );
  }
  const options = { in: path, cpp: preprocess, define: [], io: 'auto' as const };
  const { source, text, warnings } = await readPackets(undefined, options, surroundings, MAX_WORKERS);
  for (const warning of warnings) shell.remark(warning);
  const frames = source.kind === 'frames' ? source.frames : [];
  const whole = text?.text ?? frames.map((bytes, i) => packetText(bytes, `packet ${i + 1}`)).join('');
  if (whole.length <= MAX_PACKET_TEXT) return whole;
  throw new QuipuError(
    'limit',
    `${path}: as text its packets have ${whole.length} characters, more than ${MAX_PACKET_TEXT}`,
  );
}
