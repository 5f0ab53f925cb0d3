// `npm test`: builds, checks types and lint, runs every test that this machine can run, and says what it could not run.
//
// Units first, then the suites of test/net/, which make network namespaces and devices and run one file after
// the other. A file there says what it needs beside root in a comment at its top: `// needs: tcpdump nginx`
// (names of scripts/test-tools.txt). The last line counts tests, and of what was not run the files.
// Exit code 1 when anything failed; with CI=true also when anything was not run.

import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { environment, isInstalled, leftOver, networkThings, whyNoNamespaces } from './machine.js';
import { parseNeeds, parseTools, plan, summary, tally, total } from './test-plan.js';

const root = join(import.meta.dirname, '..');
const scratch = mkdtempSync(join(tmpdir(), 'quipu-test-'));

// Let the running suite clean up, then end without starting the next. Ctrl-C reaches it by itself.
let interrupted = false;
/** @type {import('node:child_process').ChildProcess | undefined} */
let running;
process.on('SIGINT', () => {
  interrupted = true;
});
process.on('SIGTERM', () => {
  interrupted = true;
  running?.kill();
});

try {
  process.exitCode = await main();
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

/** @returns {Promise<number>} the exit code */
async function main() {
  heading('build');
  if (!(await run('npm', ['run', '--silent', 'build']))) {
    console.error('The build failed: no test was run.');
    return 1;
  }
  heading('types and lint');
  const tallies = [];
  for (const script of ['types', 'lint']) {
    const ok = await run('npm', ['run', '--silent', script]);
    tallies.push({ passed: ok ? 1 : 0, failed: ok ? 0 : 1, notRun: [] });
  }
  heading('unit tests');
  tallies.push(await vitest('unit', []));
  heading('tests of the built package');
  tallies.push(await vitest('built', []));

  const tools = parseTools(readFileSync(join(root, 'scripts/test-tools.txt'), 'utf8'));
  const noNamespaces = whyNoNamespaces();
  const planned = plan(netTests(), tools, (need) => {
    if (need === 'root') return noNamespaces;
    return isInstalled(need) ? undefined : `needs ${need}`;
  });
  tallies.push({ passed: 0, failed: 0, notRun: planned.notRun });
  if (planned.run.length > 0 && !interrupted) {
    heading('network tests');
    const before = networkThings();
    tallies.push(await vitest('net', planned.run));
    const left = await leftOver(before);
    for (const thing of left) console.error(`Left behind by the network tests: ${thing}`);
    tallies.push({ passed: 0, failed: left.length, notRun: [] });
  }

  const sum = total(tallies);
  console.log(summary(sum, planned.packages).join('\n'));
  if (interrupted) return 130;
  return sum.failed > 0 || (process.env.CI === 'true' && sum.notRun.length > 0) ? 1 : 0;
}

/**
 * The files of test/net/ and what they need.
 * @returns {{ file: string, needs: string[] }[]}
 */
function netTests() {
  const folder = join(root, 'test/net');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .sort()
    .map((name) => ({
      file: `test/net/${name}`,
      needs: parseNeeds(readFileSync(join(folder, name), 'utf8')),
    }));
}

/**
 * Runs one project of vitest.config.ts, or only the files given, and reads its report.
 * @param {string} project
 * @param {readonly string[]} files
 * @returns {Promise<import('./test-plan.js').Tally>}
 */
async function vitest(project, files) {
  const file = join(scratch, `${project}.json`);
  const ok = await run(process.execPath, [
    'node_modules/vitest/vitest.mjs',
    'run',
    `--project=${project}`,
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${file}`,
    // Whole paths: a relative one would also start every file whose path contains it.
    ...files.map((name) => join(root, name)),
  ]);
  /** @type {import('./test-plan.js').Report | undefined} */
  const report = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
  for (const result of report?.testResults ?? []) result.name = relative(root, result.name);
  return tally(report, ok);
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {Promise<boolean>} whether it ended with 0
 */
function run(command, args) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { cwd: root, env: environment, stdio: 'inherit' });
    running = child;
    child.on('error', (error) => {
      console.error(`${command}: ${error.message}`);
      resolve(false);
    });
    child.on('close', (code) => resolve(code === 0));
  });
}

/** @param {string} text */
function heading(text) {
  console.log(`\n== ${text}`);
}
