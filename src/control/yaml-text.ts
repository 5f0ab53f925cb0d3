import { LineCounter, parseDocument } from 'yaml';
import { QuipuError } from '../contract/error.js';
import { failWith, sentence } from './graph-check.js';
import { YamlPlaces } from './yaml-place.js';

/**
 * Reads a text in YAML, of which JSON is a part, and keeps in mind where its parts stand. Nothing at all is an empty map.
 * Throws QuipuError bad-config that tells each fault as `file:line:column: …`.
 */
export function readYaml(text: string, fileName: string): { value: unknown; places: YamlPlaces } {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
    const places = new YamlPlaces(document, lines, fileName);
    const broken = [...document.errors, ...document.warnings];
    const faults = broken.map((error) => ({ at: error.pos[0], message: sentence(error.message) }));
    if (faults.length > 0) failWith(faults, places);
    const value: unknown = document.contents === null ? {} : document.toJS({ maxAliasCount: 100 });
    return { value, places };
  } catch (error) {
    if (error instanceof QuipuError) throw error;
    // The YAML parser's own limits: aliases that multiply, or more nesting than the stack holds.
    throw new QuipuError(
      'bad-config',
      `${fileName}:1:1: cannot be read: ${sentence((error as Error).message)}`,
    );
  }
}
