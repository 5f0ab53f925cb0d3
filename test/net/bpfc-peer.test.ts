// needs: netsniff-ng gcc
// bpfc of netsniff-ng beside ours: the same bytes for a corpus that holds all of the language, but for a list of cases.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FORMATS, type Format } from '../../src/bpf/formats.js';
import { loadText } from '../../src/commands/bpfc/load.js';
import { compiled } from '../../src/commands/bpfc/output.js';
import { textSource } from '../../src/commands/shared/source.js';
import { ALL_FORMS, ALL_SPELLINGS, bpfSource, isLength } from '../../src/testing/bpf-source.js';
import { xorshift } from '../../src/testing/random-program.js';
import { peerCases, UNKNOWN_TO_PEER } from './bpfc-peer-cases.js';
import { root } from './lab.js';

const PEER = '/usr/sbin/bpfc';
const OURS = join(root, 'dist/commands/bpfc/main.js');
const fixtures = join(root, 'test/fixtures/bpf');
const FIXTURES = readdirSync(fixtures).filter((name) => name.endsWith('.bpf'));
const PEER_FORMATS = FORMATS.filter((format) => format !== 'json');

interface Entry {
  readonly name: string;
  readonly text: string;
}

/** Words of the language that the peer cannot take, or shows wrongly: see the cases. */
const without = new Set([...UNKNOWN_TO_PEER, 'ret x']);
const next = xorshift(20261120);
const covered = new Set<string>();
const forms = ALL_FORMS.filter((form) => !without.has(form));
const spellings = ALL_SPELLINGS.filter((spelling) => !without.has(spelling));
/** Each form and each spelling begins a program, what follows is random. */
const generated = Array.from({ length: 230 }, (_, index): Entry => {
  const spelling = spellings[index - forms.length];
  const form = spelling === undefined ? forms[index] : isLength(spelling) ? 'ldx #len' : 'ldh extension';
  const shape = { length: 1 + (index % 40), without, ...(spelling === undefined ? {} : { spelling }) };
  const { text, covers } = bpfSource(next, { ...shape, first: form === undefined ? [] : [form] });
  for (const one of covers) covered.add(one);
  return { name: `random-${index}`, text };
});

/** A fixture with `#define`s is what cpp makes of it. */
const written = FIXTURES.map((name): Entry => {
  const path = join(fixtures, name);
  const text = readFileSync(path, 'utf8');
  return { name, text: text.includes('#define') ? execFileSync('cpp', [path], { encoding: 'utf8' }) : text };
});
const corpus = [...generated, ...written];

function ours({ name, text }: Entry, format: Format, verbose: boolean): string {
  const { text: output, fault } = compiled(loadText(textSource(name, text)), {
    format,
    verbose,
    bypass: false,
    result: true,
  });
  if (fault !== null) throw fault;
  return output;
}

describe('over the corpus', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'quipu-bpfc-'));
    for (const { name, text } of corpus) writeFileSync(join(directory, name), text);
    // One shell for all: a process of its own for each would take most of the time.
    const script = `for f in "$@"; do
      for o in ${PEER_FORMATS.join(' ')}; do ${PEER} -f $o -i "$f" >"$f.$o" 2>&1 || echo failed >>"$f.$o"; done
      ${PEER} -V -i "$f" >"$f.verbose" 2>&1 || echo failed >>"$f.verbose"
    done`;
    execFileSync('sh', ['-c', script, 'sh', ...corpus.map(({ name }) => name)], { cwd: directory });
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  const theirs = (name: string, what: string) => readFileSync(join(directory, `${name}.${what}`), 'utf8');

  test('has every instruction with every addressing mode, and every spelling, that the peer knows', () => {
    expect(corpus.length).toBeGreaterThan(240);
    const missing = [...ALL_FORMS, ...ALL_SPELLINGS].filter((one) => !covered.has(one));
    expect(missing.sort()).toEqual([...without].sort());
  });

  test.each(PEER_FORMATS)('%s: the same bytes', (format) => {
    for (const entry of corpus) {
      expect(ours(entry, format, false), `${entry.name}:\n${entry.text}`).toBe(theirs(entry.name, format));
    }
  });

  test('-V: the same bytes, but for ldx #len', () => {
    let different = 0;
    for (const entry of corpus) {
      const mine = ours(entry, 'netsniff-ng', true);
      if (mine.includes('ldx #len')) different++;
      expect(mine.replaceAll('ldx #len', 'unimp 0x81'), entry.name).toBe(theirs(entry.name, 'verbose'));
    }
    expect(different).toBeGreaterThan(0);
  });
});

test.each(
  [
    ['-'],
    ['-i', '-'],
    ['-Vi', '-'],
    ['--format', 'xt_bpf', '--input', '-'],
    ['-b', '-V', '-f', 'tcpdump', '-i', '-'],
  ].map((words) => [words.join(' '), words] as const),
)('bpfc %s: the same of the command itself', (_, words) => {
  const input = readFileSync(join(fixtures, 'arp.bpf'), 'utf8');
  const mine = spawnSync(process.execPath, [OURS, ...words], { input, encoding: 'utf8' });
  const their = spawnSync(PEER, words, { input, encoding: 'utf8' });
  expect([mine.status, mine.stderr, mine.stdout]).toEqual([0, '', their.stdout]);
  expect(their.status).toBe(0);
});

test('a file and cpp: the same of the command itself', () => {
  const path = join(fixtures, 'ports.bpf');
  for (const words of [
    ['-p', '-i', path],
    ['-p', '-D', 'EXTRA=1', '-f', 'xt_bpf', '-i', path],
  ]) {
    const mine = spawnSync(process.execPath, [OURS, ...words], { encoding: 'utf8' });
    const their = spawnSync(PEER, words, { encoding: 'utf8' });
    expect([mine.status, mine.stdout]).toEqual([their.status, their.stdout]);
    expect(mine.stdout).not.toBe('');
  }
});

describe('where the peer is wrong', () => {
  const documentation = readFileSync(join(root, 'docs/bpfc.md'), 'utf8');

  test('no more is documented than is shown here', () => {
    const section = documentation.split('\n## ').find((part) => part.startsWith('Where netsniff-ng')) ?? '';
    const rows = section.match(/^\| (?!what |---).*$/gm) ?? [];
    expect(rows).toHaveLength(peerCases.length);
  });

  test.each(peerCases)('$title', ({ title, text, options = [], peer, ours: expected }) => {
    expect(documentation).toContain(`| ${title} |`);
    const their = spawnSync(PEER, [...options, '-f', 'tcpdump', '-i', '-'], {
      input: text,
      encoding: 'utf8',
    });
    const said = { status: their.status, output: their.stdout + their.stderr };
    expect(said).toEqual({ status: peer.status, output: expect.stringContaining(peer.output) });
    const mine = outcome(text, options);
    expect(mine).toContain(expected);
    expect(mine).not.toBe(said.output);
  });
});

/** What ours prints, or its error. */
function outcome(text: string, options: readonly string[]): string {
  try {
    const { text: output, fault } = compiled(loadText(textSource('p.bpf', text)), {
      format: 'tcpdump',
      verbose: options.includes('-V'),
      bypass: options.includes('-b'),
      result: true,
    });
    return fault === null ? output : output + fault.message;
  } catch (error) {
    return (error as Error).message;
  }
}
