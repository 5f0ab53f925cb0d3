import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { BlockClass } from '../contract/block.js';
import { groupBase } from '../contract/port.js';
import { makeEngine } from '../testing/engine.js';
import { catalogue } from './catalogue.js';

const readme = (kind: string) => readFileSync(new URL(`./${kind}/README.md`, import.meta.url), 'utf8');
const shapeOf = (type: BlockClass) => Object.keys((type.config as unknown as { shape: object }).shape);

/** What the README of a type does not say. */
function missing(type: BlockClass, text: string): string[] {
  const lines = text.split('\n');
  const row = (name: string, meaning: string) =>
    lines.some((line) => line.startsWith(`| \`${name}\` |`) && line.includes(meaning));
  const { ports } = type;
  const portNames = [
    ...(ports.ingress > 0 ? ['ingress'] : []),
    ...(ports.egress > 0 ? ['egress'] : []),
    ...(ports.group ? [`${ports.group.name}0`] : []),
  ];
  return [
    ...(lines[0] === `# ${type.kind}` ? [] : ['title']),
    ...(lines.length < 40 ? [] : ['fewer lines']),
    ...portNames.filter((name) => !text.includes(`\`${name}\``)).map((name) => `port ${name}`),
    ...shapeOf(type)
      .filter((name) => !row(name, ''))
      .map((name) => `option ${name}`),
    ...Object.entries(type.counters)
      .filter(([name, sentence]) => !row(name, sentence))
      .map(([name]) => `counter ${name}`),
    ...Object.entries(type.drops)
      .filter(([name, sentence]) => !row(name, sentence))
      .map(([name]) => `drop reason ${name}`),
    ...(/```sh\n(fbctl|vlink) /.test(text) ? [] : ['example']),
  ];
}

describe.each(catalogue.map((type) => [type.kind, type] as const))('README of %s', (kind, type) => {
  test('names every port, option, counter and drop reason, and shows an example', () => {
    expect(missing(type, readme(kind))).toEqual([]);
  });

  test('names nothing that the type does not have', () => {
    const rows = [...readme(kind).matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]);
    const known = [...shapeOf(type), ...Object.keys(type.counters), ...Object.keys(type.drops)];
    expect(rows.filter((name) => !known.includes(name))).toEqual([]);
  });

  test('has an example that works', () => {
    const node = makeEngine();
    node.links.application(1);
    const example = /```sh\n(.*?)```/s.exec(readme(kind))?.[1] ?? '';
    node.run(example);
    const made = node.engine.registry.all().map((instance) => instance.type.kind);
    expect(made).toContain(kind);
  });
});

test('the check finds what is missing', () => {
  const ethernet = catalogue.find((type) => type.kind === 'ethernet')!;
  expect(groupBase(ethernet.ports)).toBe(2);
  expect(missing(ethernet, '# x')).toEqual(
    expect.arrayContaining([
      'title',
      'port tag0',
      'option queue',
      'counter received',
      'drop reason bad-source',
      'example',
    ]),
  );
  const wrong = readme('ethernet').replace('shorter than an Ethernet header', 'too short');
  expect(missing(ethernet, wrong)).toEqual(['drop reason too-short']);
});
