import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseNeeds, parseTools, plan, summary, tally, total } from '../../scripts/test-plan.js';
import { readSources, root } from './source-files.js';

const tools = parseTools(readFileSync(join(root, 'scripts/test-tools.txt'), 'utf8'));

describe('parseNeeds', () => {
  test.each([
    ['// needs: root tcpdump nginx\nimport x;', ['root', 'ip', 'tcpdump', 'nginx']],
    ['// What it is about.\n\n// needs: tcpdump, gcc\n', ['root', 'ip', 'tcpdump', 'gcc']],
    ['// needs: tcpdump', ['root', 'ip', 'tcpdump']],
    ['import x;\n// needs: tcpdump\n', ['root', 'ip']],
    ['', ['root', 'ip']],
  ])('%j', (text, needs) => {
    expect(parseNeeds(text)).toEqual(needs);
  });
});

test('every tool that a network test names is known', () => {
  const named = [...readSources('test/net').values()].flatMap(parseNeeds);
  expect(named.filter((need) => need !== 'root' && !Object.hasOwn(tools, need))).toEqual([]);
});

describe('plan', () => {
  const files = [
    { file: 'a', needs: ['root', 'ip'] },
    { file: 'b', needs: ['root', 'ip', 'ping', 'trafgen', 'netsniff-ng'] },
    { file: 'c', needs: ['root', 'ip', 'toString'] },
  ];

  test('runs what it can, and names the packages that would help', () => {
    const missing = ['ping', 'trafgen', 'netsniff-ng'];
    const planned = plan(files, tools, (need) => (missing.includes(need) ? `needs ${need}` : undefined));
    expect(planned).toEqual({
      run: ['a'],
      notRun: [
        { what: 'b', reason: 'needs ping, needs trafgen, needs netsniff-ng' },
        { what: 'c', reason: 'needs toString, unknown to scripts/test-tools.txt' },
      ],
      packages: ['iputils-ping', 'netsniff-ng'],
    });
  });

  test('runs none without root, which no package brings', () => {
    const planned = plan(files.slice(0, 2), tools, (need) => (need === 'root' ? 'needs root' : undefined));
    expect(planned.run).toEqual([]);
    expect(planned.notRun).toHaveLength(2);
    expect(planned.packages).toEqual([]);
  });
});

describe('tally', () => {
  const file = (status: string, ...statuses: string[]) => ({
    name: 'a.test.ts',
    status,
    assertionResults: statuses.map((each, index) => ({ fullName: `test ${index}`, status: each })),
  });

  test('counts tests, and names those that were not run', () => {
    const report = { testResults: [file('failed', 'passed', 'failed', 'skipped'), file('passed', 'passed')] };
    const notRun = [{ what: 'a.test.ts > test 2', reason: 'skipped' }];
    expect(tally(report, false)).toEqual({ passed: 2, failed: 1, notRun });
  });

  test('counts a file that failed outside its tests', () => {
    expect(tally({ testResults: [file('failed')] }, false).failed).toBe(1);
    expect(tally({ testResults: [file('failed', 'passed')] }, false).failed).toBe(1);
  });

  test('counts a run that failed without a failed test, or without a report', () => {
    expect(tally({ testResults: [file('passed', 'passed')] }, false).failed).toBe(1);
    expect(tally(undefined, false).failed).toBe(1);
  });
});

test('the summary ends with the totals', () => {
  const a = { passed: 3, failed: 0, notRun: [] };
  const b = { passed: 4, failed: 1, notRun: [{ what: 'test/net/x.test.ts', reason: 'needs ping' }] };
  expect(summary(a, [])).toEqual(['', '3 passed, 0 failed, 0 not run']);
  expect(summary(total([a, b]), ['iputils-ping'])).toEqual([
    '',
    'Not run on this machine:',
    '  test/net/x.test.ts: needs ping',
    'apt-get update && apt-get install -y --no-install-recommends iputils-ping',
    '',
    '7 passed, 1 failed, 1 not run',
  ]);
});
