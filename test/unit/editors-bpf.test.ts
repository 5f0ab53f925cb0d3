import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { EXTENSIONS, LENGTH_NAMES, MNEMONICS } from '../../src/bpf/assembly/syntax.js';
import { root } from './source-files.js';

const read = (path: string) => readFileSync(join(root, 'editors', path), 'utf8');
const mnemonics = MNEMONICS.map(({ name }) => name);
const extensions = [...EXTENSIONS.flatMap(({ names }) => names), ...LENGTH_NAMES];

describe('Vim', () => {
  const text = read('vim/syntax/bpf.vim');
  const keywords = [...text.matchAll(/^syntax keyword bpf(?:Load|Jump|Arithmetic) (.*)$/gm)].flatMap(
    ([, words]) => words.split(' '),
  );
  const alternatives = [...text.matchAll(/^syntax match bpfExtension .*\\%\((.*)\\\)/gm)].flatMap(
    ([, words]) => words.split('\\|'),
  );

  test('knows every instruction and every extension, and no other', () => {
    expect(keywords.sort()).toEqual([...mnemonics].sort());
    expect(alternatives.sort()).toEqual([...extensions].sort());
  });

  test('colours every group, and finds the files', () => {
    const groups = new Set(
      [...text.matchAll(/^syntax (?:keyword|match|region) (bpf\w+)/gm)].map(([, group]) => group),
    );
    const links = [...text.matchAll(/^highlight default link (bpf\w+)/gm)].map(([, group]) => group);
    expect(links.sort()).toEqual([...groups].sort());
    expect(read('vim/ftdetect/bpf.vim')).toContain('*.bpf setfiletype bpf');
  });
});

interface Pattern {
  readonly name?: string;
  readonly match?: string;
  readonly begin?: string;
  readonly end?: string;
  readonly include?: string;
}

describe('VS Code', () => {
  const grammar = JSON.parse(read('vscode/syntaxes/bpf.tmLanguage.json')) as {
    readonly scopeName: string;
    readonly patterns: readonly Pattern[];
    readonly repository: Readonly<Record<string, { readonly patterns: readonly Pattern[] }>>;
  };
  const patterns = grammar.patterns.flatMap(
    ({ include = '' }) => grammar.repository[include.slice(1)].patterns,
  );

  /** What the first pattern that begins earliest makes of each piece of a line, as an editor does. */
  function coloured(line: string): string[] {
    const pieces: string[] = [];
    for (let at = 0; at < line.length; ) {
      let best: { name: string; index: number; text: string } | undefined;
      for (const { name = '', match, begin = '' } of patterns) {
        const pattern = new RegExp(match ?? begin, 'g');
        pattern.lastIndex = at;
        const found = pattern.exec(line);
        if (found !== null && (best === undefined || found.index < best.index)) {
          best = { name, index: found.index, text: found[0] };
        }
      }
      if (best === undefined) break;
      pieces.push(`${best.name.replace('.bpf', '')} ${best.text}`);
      at = best.index + Math.max(1, best.text.length);
    }
    return pieces;
  }

  test('knows every instruction, in small letters and capitals', () => {
    for (const name of mnemonics.flatMap((one) => [one, one.toUpperCase()])) {
      expect(coloured(name)).toEqual([expect.stringMatching(`^keyword\\..* ${name}$`)]);
    }
  });

  test('knows every extension, with # and without', () => {
    for (const name of extensions.flatMap((one) => [one, `#${one}`])) {
      expect(coloured(`ld ${name}`)).toEqual(['keyword.other.load ld', `support.constant ${name}`]);
    }
  });

  test('takes no other word for one of them', () => {
    for (const word of ['ldq', 'retx', 'jumps', 'protocol', 'lens', 'qq', 'xx', 'add1'])
      expect(coloured(word)).toEqual([]);
  });

  test('colours lines', () => {
    expect(coloured('drop: ldxb 4*([%x + 0xe]&0xf) ; M[3]')).toEqual([
      'entity.name.label drop',
      'keyword.other.load ldxb',
      'constant.numeric 4',
      'variable.language %x',
      'constant.numeric 0xe',
      'constant.numeric 0xf',
      'comment.line.semicolon ; M[3]',
    ]);
    expect(coloured('st M[0b11] jeq #-1, L // x')).toEqual([
      'keyword.other.load st',
      'variable.language M',
      'constant.numeric 0b11',
      'keyword.control jeq',
      'constant.numeric -1',
      'comment.line.double-slash // x',
    ]);
    expect(coloured('#define PORT 53')).toEqual(['meta.preprocessor #define PORT 53']);
    expect(coloured('  # len')).toEqual(['comment.line.number-sign   # len']);
  });

  test('the extension names files that are there', () => {
    const { contributes } = JSON.parse(read('vscode/package.json')) as {
      contributes: {
        languages: { id: string; configuration: string }[];
        grammars: { scopeName: string; path: string }[];
      };
    };
    const paths = [
      ...contributes.languages.map((one) => one.configuration),
      ...contributes.grammars.map((one) => one.path),
    ];
    for (const path of paths) expect(() => JSON.parse(read(join('vscode', path)))).not.toThrow();
    expect(contributes.languages.map(({ id }) => id)).toContain('bpf');
    expect(contributes.grammars.map(({ scopeName }) => scopeName)).toContain(grammar.scopeName);
    expect(readdirSync(join(root, 'editors/vscode/syntaxes'))).toContain('bpf.tmLanguage.json');
  });
});
