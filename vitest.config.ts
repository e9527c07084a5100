import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { conditions: ['@tidelog/source'] },
  ssr: { resolve: { conditions: ['@tidelog/source'] } },
  test: {
    setupFiles: ['tests/property-seed.ts'],
    include: ['packages/*/src/**/*.test.ts', 'tests/**/*.test.ts'],
    pool: 'threads',
    isolate: false,
    maxWorkers: 2,
  },
});
