import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { catalogue } from '../../src/blocks/catalogue.js';
import { isChainText } from '../../src/control/chain-text.js';
import { printChainText } from '../../src/control/chain-text-print.js';
import { kindsOf } from '../../src/control/graph-check.js';
import type { GraphDocument } from '../../src/control/graph-document.js';
import { parseGraphFile } from '../../src/control/graph-file.js';
import { makeEngine } from '../../src/testing/engine.js';
import { root } from './source-files.js';

const kinds = kindsOf(catalogue);
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const graphFiles = readdirSync(join(root, 'examples')).filter((name) => /\.(chain|yaml)$/.test(name));

/** The graph as a node has it that was given this text; its links are none of this machine's. */
function made(text: string, name: string): GraphDocument {
  const node = makeEngine();
  const graph = parseGraphFile(text, name, kinds);
  for (const [name, block] of Object.entries(graph.blocks)) {
    if (block.type === 'ethernet') block.config = { link: { kind: 'memory', name }, promiscuous: true };
  }
  node.ask({ op: 'apply', graph });
  return node.ask<GraphDocument>({ op: 'graph' });
}

test.each(graphFiles)('examples/%s is a graph of the form that its name says', (name) => {
  const text = read(`examples/${name}`);
  expect(isChainText(text)).toBe(name.endsWith('.chain'));
  const graph = made(text, name);
  expect(Object.keys(graph.blocks).length).toBeGreaterThan(1);
  expect(made(printChainText(graph, kinds), name)).toEqual(graph);
});

test.each(['figure-c1', 'tunnel'])('examples/%s is the same in both forms', (name) => {
  const [chain, yaml] = ['chain', 'yaml'].map((form) => made(read(`examples/${name}.${form}`), name));
  const kindOf = ({ blocks }: GraphDocument) =>
    Object.fromEntries(Object.entries(blocks).map(([block, { type }]) => [block, type]));
  expect(kindOf(chain)).toEqual(kindOf(yaml));
  expect([...chain.bindings].sort()).toEqual([...yaml.bindings].sort());
});

describe('docs/graph-text.md', () => {
  const fences = [...read('docs/graph-text.md').matchAll(/^```([a-z]*)\n(.*?)^```$/gms)];
  const blocks = fences.filter(([, language]) => language === '').map(([, , text]) => text);
  const faults = blocks.filter((text) => text.startsWith('quipu: '));

  test.each(blocks.filter((text) => !faults.includes(text)))('example %#', (text) => {
    expect(isChainText(text)).toBe(true);
    expect(Object.keys(parseGraphFile(text, 'example', kinds).blocks).length).toBeGreaterThan(0);
  });

  test('the fault that it shows', () => {
    const faulty = '\neth0 -> conter -> discard';
    expect(() => parseGraphFile(faulty, 'graph.chain', kinds)).toThrow(
      faults[0].replace(/^quipu: /gm, '').trimEnd(),
    );
  });

  test('the code spans of its tables that are elements of a chain', () => {
    const spans = ['eth0(promiscuous: true)', 'br :: ethernet(bridge)', 'shaper(10Mbit, burst: 5000)'];
    for (const span of spans) {
      expect(read('docs/graph-text.md')).toContain(`\`${span}\``);
      expect(Object.keys(parseGraphFile(span, 'span', kinds).blocks)).toHaveLength(1);
    }
  });
});
