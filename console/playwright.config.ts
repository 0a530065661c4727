/** The browser against a whole house: Debian's Chromium, two houses at a time, the clock's zone and the locale fixed. */
import { existsSync } from 'node:fs';

import { defineConfig } from '@playwright/test';

const chromium = process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium';
if (!existsSync(chromium)) throw new Error(`no browser at ${chromium}: apt-get install chromium, or CHROMIUM_BIN`);

export default defineConfig({
  testDir: 'tests/whole',
  outputDir: 'test-results',
  // Each worker has a house of its own.
  workers: 2,
  // Generous, for machines that do other things as well: a test waits for states, and no time is asserted.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  reporter: [['list']],
  use: {
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    viewport: { width: 1280, height: 900 },
    trace: 'off',
    // An action that waits for something that never comes says so itself.
    actionTimeout: 60_000,
    launchOptions: { executablePath: chromium, args: ['--no-sandbox', '--disable-gpu'] },
  },
});
