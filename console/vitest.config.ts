/** The tests of pure decisions and of the tree's own rules; pages are tested in a browser, by `npm run whole`. */
import { fileURLToPath } from 'node:url';

import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { alias: { '#': fileURLToPath(new URL('./src', import.meta.url)) } },
  test: { include: ['src/**/*.test.ts', 'tests/*.test.ts'], environment: 'node', pool: 'threads', maxWorkers: 2 },
});
