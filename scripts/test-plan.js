// What `npm test` decides, apart from what it does: which test files can run here, and what their reports say.

/**
 * @typedef {{ readonly [tool: string]: string }} Tools Debian package by tool
 * @typedef {{ readonly file: string, readonly needs: readonly string[] }} TestFile
 * @typedef {{ readonly what: string, readonly reason: string }} NotRun
 * @typedef {{ passed: number, failed: number, notRun: NotRun[] }} Tally
 *
 * @typedef {object} Report A report of vitest's json reporter, as far as it is read here
 * @property {readonly ReportFile[]} testResults
 * @typedef {{ name: string, status: string, assertionResults: readonly ReportTest[] }} ReportFile
 * @typedef {{ fullName: string, status: string }} ReportTest
 */

/**
 * Reads scripts/test-tools.txt.
 * @param {string} text
 * @returns {Tools}
 */
export function parseTools(text) {
  const rows = text.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return Object.fromEntries(rows.map((line) => line.trim().split(/\s+/)));
}

/**
 * What a test file needs, by the line `// needs: root tcpdump nginx` among the comments that it begins with.
 * Every one needs root and `ip`.
 * @param {string} text
 * @returns {string[]}
 */
export function parseNeeds(text) {
  const head = /^(?:\s*\/\/[^\n]*(?:\n|$))*/.exec(text)?.[0] ?? '';
  const named = [...head.matchAll(/^\s*\/\/ needs:(.*)$/gm)].flatMap((match) =>
    match[1].trim().split(/[\s,]+/),
  );
  return [...new Set(['root', 'ip', ...named.filter((need) => need !== '')])];
}

/**
 * Parts the test files into those that can run and those that cannot.
 * @param {readonly TestFile[]} files
 * @param {Tools} tools every tool known
 * @param {(need: string) => string | undefined} whyNot why this machine cannot meet a need
 * @returns {{ run: string[], notRun: NotRun[], packages: string[] }} packages: those that would help
 */
export function plan(files, tools, whyNot) {
  /** @type {string[]} */
  const run = [];
  /** @type {NotRun[]} */
  const notRun = [];
  /** @type {Set<string>} */
  const packages = new Set();
  for (const { file, needs } of files) {
    const unmet = needs.flatMap((need) => {
      if (need !== 'root' && !Object.hasOwn(tools, need))
        return `needs ${need}, unknown to scripts/test-tools.txt`;
      const reason = whyNot(need);
      if (reason !== undefined && need !== 'root') packages.add(tools[need]);
      return reason ?? [];
    });
    if (unmet.length === 0) run.push(file);
    else notRun.push({ what: file, reason: unmet.join(', ') });
  }
  return { run, notRun, packages: [...packages].sort() };
}

/**
 * Counts the tests of one run of vitest. A file that failed outside its tests (it does not load, a hook
 * throws) counts as one failure, and so does a run that failed although every test passed.
 * @param {Report | undefined} report undefined when vitest wrote none
 * @param {boolean} ok whether vitest's exit code was 0
 * @returns {Tally}
 */
export function tally(report, ok) {
  /** @type {Tally} */
  const sum = { passed: 0, failed: 0, notRun: [] };
  for (const { name, status, assertionResults } of report?.testResults ?? []) {
    for (const test of assertionResults) {
      if (test.status === 'passed') sum.passed++;
      else if (test.status === 'failed') sum.failed++;
      else sum.notRun.push({ what: `${name} > ${test.fullName}`, reason: test.status });
    }
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) sum.failed++;
  }
  if (!ok && sum.failed === 0) sum.failed = 1;
  return sum;
}

/**
 * @param {readonly Tally[]} tallies
 * @returns {Tally}
 */
export function total(tallies) {
  return {
    passed: tallies.reduce((sum, { passed }) => sum + passed, 0),
    failed: tallies.reduce((sum, { failed }) => sum + failed, 0),
    notRun: tallies.flatMap(({ notRun }) => notRun),
  };
}

/**
 * The end of the output: what was not run and what would enable it, then the line of totals.
 * @param {Tally} sum
 * @param {readonly string[]} packages
 * @returns {string[]}
 */
export function summary({ passed, failed, notRun }, packages) {
  const lines = notRun.map(({ what, reason }) => `  ${what}: ${reason}`);
  if (lines.length > 0) lines.unshift('', 'Not run on this machine:');
  if (packages.length > 0) {
    lines.push(`apt-get update && apt-get install -y --no-install-recommends ${packages.join(' ')}`);
  }
  return [...lines, '', `${passed} passed, ${failed} failed, ${notRun.length} not run`];
}
