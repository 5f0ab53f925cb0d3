import { asNode, parseSource, type Sources, type SyntaxNode, walk } from './source-files.js';

export const lineLimit = 400;

/** Files under src/ that may be longer than the limit, each with the reason why a split would lose the sense. */
export const longFiles: Readonly<Record<string, string>> = {};

/** Checks the length of files; answers one sentence for each offence. */
export function checkLengths(
  sources: Sources,
  allowed: Readonly<Record<string, string>> = longFiles,
): string[] {
  const offences: string[] = [];
  for (const [path, text] of sources) {
    const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
    const isLong = lines > lineLimit;
    if (isLong && !(path in allowed))
      offences.push(`${path}: ${lines} lines, more than ${lineLimit}: split it`);
    if (!isLong && path in allowed)
      offences.push(`${path}: within ${lineLimit} lines: take it off the list of long files`);
  }
  for (const path of Object.keys(allowed)) {
    if (!sources.has(path)) offences.push(`${path}: on the list of long files, but there is no such file`);
  }
  return offences;
}

/** Checks for `any`, switched-off checks and tests that do not run; answers one sentence for each place. */
export function checkStyle(sources: Sources): string[] {
  const offences: string[] = [];
  for (const [path, text] of sources) {
    const report = (offset: number, what: string) => {
      offences.push(`${path}:${text.slice(0, offset).split('\n').length}: ${what}`);
    };
    for (const match of text.matchAll(/\/[/*][\s*]*(@ts-(?:ignore|expect-error|nocheck)|biome-ignore)/g)) {
      report(match.index, `${match[1]}: mend what it hides`);
    }
    walk(parseSource(path, text), (node) => {
      const what = offenceOf(node);
      if (what) report(Number(node.start), what);
    });
  }
  return offences;
}

const runners = ['it', 'test', 'describe', 'suite', 'bench'];
const contexts = ['context', 'ctx', 't', 'task'];
const switches = ['skip', 'only', 'todo', 'skipIf', 'runIf'];

function offenceOf(node: SyntaxNode): string | undefined {
  if (node.type === 'TSAnyKeyword') return '`any`: use `unknown` and look';
  if (node.type === 'MemberExpression') {
    const called = propertyName(node.property);
    const owner = rootName(node.object);
    const isSwitch = runners.includes(owner)
      ? switches.includes(called)
      : contexts.includes(owner) && called === 'skip';
    return isSwitch ? `${owner}.${called}: every test runs, alone it is started by its path` : undefined;
  }
  if (
    node.type === 'CallExpression' &&
    runners.includes(rootName(node.callee)) &&
    Array.isArray(node.arguments)
  ) {
    const found = node.arguments.flatMap(optionNames).find((name) => switches.includes(name));
    return found && `option ${found}: every test runs, alone it is started by its path`;
  }
  return undefined;
}

/** `describe` of `describe.concurrent.each(…)`. */
function rootName(value: unknown): string {
  const node = asNode(value);
  if (node?.type === 'MemberExpression') return rootName(node.object);
  if (node?.type === 'CallExpression') return rootName(node.callee);
  return node?.type === 'Identifier' ? String(node.name) : '';
}

function optionNames(value: unknown): string[] {
  const node = asNode(value);
  if (node?.type !== 'ObjectExpression' || !Array.isArray(node.properties)) return [];
  return node.properties.map((property) => propertyName(asNode(property)?.key));
}

function propertyName(value: unknown): string {
  const node = asNode(value);
  return String(node?.name ?? node?.value ?? '');
}
