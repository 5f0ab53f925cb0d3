import { defineConfig } from 'vitest/config';

// unit: beside the sources, no OS, parallel. net: real namespaces and devices, one file after the other.
export default defineConfig({
  test: {
    projects: [
      {
        test: { name: 'unit', include: ['src/**/*.test.ts', 'test/unit/**/*.test.ts'], testTimeout: 20_000 },
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
