import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DNS_ENTRIES, DNS_FIELDS } from '../../src/traffic/dns-records.js';
import { FUNCTIONS } from '../../src/traffic/functions.js';
import { HEADERS } from '../../src/traffic/headers.js';
import { root } from './source-files.js';

const read = (path: string) => readFileSync(join(root, 'editors', path), 'utf8');
const shapes = [...new Set(HEADERS.values())];
const fields = shapes.flatMap((shape) => shape.fields.filter(({ hidden }) => !hidden));
const words = shapes.flatMap((shape) => Object.keys(shape.words ?? {}));

/** What the language knows. */
const known = {
  functions: [...FUNCTIONS.keys()].sort(),
  headers: [...HEADERS.keys()].sort(),
  fields: [
    ...new Set([
      ...fields.flatMap(({ names }) => names.map((name) => name.replace(/\(.*/, ''))),
      ...DNS_FIELDS,
      ...DNS_ENTRIES.keys(),
    ]),
  ].sort(),
  words: [...new Set([...words, ...fields.flatMap((field) => Object.keys(field.words ?? {}))])].sort(),
};

describe('Vim', () => {
  const text = read('vim/syntax/trafgen.vim');
  const keywords = (group: string) => {
    const lines = [...text.matchAll(new RegExp(`^syntax keyword ${group} (?!contained)(.*)$`, 'gm'))];
    return lines.flatMap(([, list]) => list.split(' ')).sort();
  };

  test('knows every name of the language, and no other', () => {
    expect(keywords('trafgenFunction')).toEqual(known.functions);
    expect(keywords('trafgenHeader')).toEqual(known.headers);
    expect(keywords('trafgenField')).toEqual(known.fields);
    expect(keywords('trafgenWord')).toEqual(known.words);
  });

  test('colours every group, and finds the files', () => {
    const groups = [...text.matchAll(/^syntax (?:keyword|match|region) (trafgen\w+)/gm)].map(
      ([, group]) => group,
    );
    const links = [...text.matchAll(/^highlight default link (trafgen\w+)/gm)].map(([, group]) => group);
    expect(links.sort()).toEqual([...new Set(groups)].sort());
    expect(read('vim/ftdetect/trafgen.vim')).toContain('*.trafgen,*.txf setfiletype trafgen');
  });
});

interface Pattern {
  readonly name: string;
  readonly match?: string;
  readonly begin?: string;
  readonly end?: string;
}

describe('VS Code', () => {
  const grammar = JSON.parse(read('vscode/syntaxes/trafgen.tmLanguage.json')) as {
    readonly scopeName: string;
    readonly patterns: readonly { readonly include: string }[];
    readonly repository: Readonly<Record<string, { readonly patterns: readonly Pattern[] }>>;
  };
  const patterns = grammar.patterns.flatMap(({ include }) => grammar.repository[include.slice(1)].patterns);

  /** A pattern as JavaScript has it: there a flag says that capitals do not matter. */
  const compiled = (pattern: string) =>
    new RegExp(pattern.replace('(?i)', ''), pattern.startsWith('(?i)') ? 'gi' : 'g');

  /** What the first pattern that begins earliest makes of each piece of a line, as an editor does. */
  function coloured(line: string): string[] {
    const pieces: string[] = [];
    for (let at = 0; at < line.length; ) {
      let best: { name: string; index: number; text: string } | undefined;
      for (const { name, match, begin = '', end } of patterns) {
        const pattern = compiled(match ?? `${begin}.*?${end}`);
        pattern.lastIndex = at;
        const found = pattern.exec(line);
        if (found !== null && (best === undefined || found.index < best.index)) {
          best = { name, index: found.index, text: found[0] };
        }
      }
      if (best === undefined) break;
      pieces.push(`${best.name.replace('.trafgen', '')} ${best.text}`);
      at = best.index + Math.max(1, best.text.length);
    }
    return pieces;
  }

  test('knows every name of the language, in small letters and capitals', () => {
    const kinds = [
      ['support.function', known.functions, '('],
      ['entity.name.type', known.headers, '('],
      ['variable.parameter', known.fields, '='],
      ['support.constant', known.words, ','],
    ] as const;
    for (const [kind, names, behind] of kinds) {
      for (const name of names.flatMap((one) => [one, one.toUpperCase()])) {
        expect(coloured(`{ ${name}${behind}`)[0]).toBe(`${kind} ${name}`);
      }
    }
  });

  test('takes no other word for one of them', () => {
    for (const word of ['filler', 'ethernet', 'udpx', 'ports', 'requests', 'cpus']) {
      expect(coloured(`${word}(`)).toEqual([]);
    }
  });

  test('colours lines', () => {
    expect(coloured('cpu(0-1): { eth(da=02:00:00:00:00:99), "a#b" } # end')).toEqual([
      'keyword.control cpu',
      'constant.numeric 0',
      'keyword.operator -',
      'constant.numeric 1',
      'entity.name.type eth',
      'variable.parameter da',
      'keyword.operator =',
      'constant.other.address 02:00:00:00:00:99',
      'string.quoted.double "a#b"',
      'comment.line.number-sign # end',
    ]);
    expect(coloured("ipv6(sa=fe80::1, sa[3]=drnd()), '\\x41', 'a', b101 // x")).toEqual([
      'entity.name.type ipv6',
      'variable.parameter sa',
      'keyword.operator =',
      'constant.other.address fe80::1',
      'variable.parameter sa',
      'constant.numeric 3',
      'keyword.operator =',
      'support.function drnd',
      "string.quoted.single '\\x41'",
      "string.quoted.single 'a'",
      'constant.numeric b101',
      'comment.line.double-slash // x',
    ]);
    expect(coloured('#include <stddef.h>')).toEqual(['meta.preprocessor #include <stddef.h>']);
    expect(coloured('ipv4(da=10.0.0.1) /* c */ ; d')).toEqual([
      'entity.name.type ipv4',
      'variable.parameter da',
      'keyword.operator =',
      'constant.other.address 10.0.0.1',
      'comment.block /* c */',
      'comment.line.semicolon ; d',
    ]);
  });

  test('the extension names its files', () => {
    const { contributes } = JSON.parse(read('vscode/package.json')) as {
      contributes: {
        languages: { id: string; extensions: string[]; configuration: string }[];
        grammars: { language: string; scopeName: string; path: string }[];
      };
    };
    const language = contributes.languages.find(({ id }) => id === 'trafgen');
    const shown = contributes.grammars.find((one) => one.language === 'trafgen');
    expect(language?.extensions).toEqual(['.trafgen', '.txf']);
    expect(shown?.scopeName).toBe(grammar.scopeName);
    for (const path of [language?.configuration ?? '', shown?.path ?? '']) {
      expect(() => JSON.parse(read(join('vscode', path)))).not.toThrow();
    }
  });
});
