import { defineConfig } from 'vitest/config';

// unit: beside the sources, no OS, parallel; files share the modules of their worker (`isolate: false`), so that each is
// loaded once, and a test puts back what it changes in one: 54 seconds of CPU instead of 142. built: the package as it is built, whose code no test runner has rewritten.
// net: real namespaces and devices, one file after the other.
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'test/unit/**/*.test.ts', 'test/tcp/**/*.test.ts'],
          testTimeout: 20_000,
          isolate: false,
        },
      },
      {
        test: {
          name: 'built',
          include: ['test/built/**/*.test.ts'],
          fileParallelism: false,
          testTimeout: 900_000,
          server: { deps: { external: [/\/dist\//] } },
        },
      },
      {
        test: {
          name: 'net',
          include: ['test/net/**/*.test.ts'],
          fileParallelism: false,
          sequence: { concurrent: false },
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
