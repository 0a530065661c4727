/** What all specs share: one seeded house, pages that watch their own console, sign-in, axe. */
import { readFileSync } from 'node:fs';

import { type Browser, type Page, test as base, expect } from '@playwright/test';

// oxlint-disable-next-line import/namespace -- plain JavaScript, so that it also runs by itself
import { openHouse, password, seed } from './house.mjs';

export { expect, password };

export interface House {
  url: string;
  origin: string;
  code: string;
  folder: string;
  hr: string;
  admin: string;
  simUrl: string;
  cli: (...args: string[]) => Promise<string>;
  faults: (rules: object[]) => Promise<Response>;
  /** Kills the server without a word. */
  kill: () => Promise<unknown>;
  /** Starts it again at the same address. */
  restart: () => Promise<void>;
  close: () => void;
}

export interface Watched extends Page {
  /** What a page should never say or get: messages of the console, failed requests, requests to elsewhere. */
  complaints: string[];
}

/** A page that notes everything that is wrong with it. The one answer that says that nobody is signed in is none of it. */
export function watch(page: Page, house: House): Watched {
  const complaints: string[] = [];
  page.on('console', (message) => {
    const unsigned = message.text().includes('401');
    if (['error', 'warning'].includes(message.type()) && !unsigned) complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`error: ${error.message}`));
  page.on('response', (response) => {
    const unsigned = response.status() === 401 && response.url().endsWith('/session');
    if (response.status() >= 400 && !unsigned) complaints.push(`${response.status()} ${response.url()}`);
  });
  page.on('request', (request) => {
    if (!/^(blob|data):/.test(request.url()) && !request.url().startsWith(house.url))
      complaints.push(`elsewhere: ${request.url()}`);
  });
  return Object.assign(page, { complaints });
}

/** A new browser session in which somebody is signed in. */
export async function enter(
  browser: Browser,
  house: House,
  name: string,
  given: { language?: 'zh' | 'en' } = {},
): Promise<Watched> {
  const context = await browser.newContext({
    // A press goes to where the button is, not to where it is just coming from.
    reducedMotion: 'reduce',
    locale: given.language === 'en' ? 'en-GB' : 'zh-CN',
    timezoneId: 'Asia/Shanghai',
  });
  const page = watch(await context.newPage(), house);
  await page.goto(house.url);
  await page.getByLabel(given.language === 'en' ? 'Account name' : '账号').fill(name);
  await page.getByLabel(given.language === 'en' ? 'Password' : '密码').fill(password);
  await page.getByRole('button', { name: given.language === 'en' ? 'Sign in' : '登录' }).click();
  await page.waitForURL('**/w/default');
  return page;
}

const axe = readFileSync(new URL('../../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

/** What axe finds against WCAG A and AA. */
export async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { axe: tool } = globalThis as unknown as {
      axe: {
        run: (
          o: object,
        ) => Promise<{ violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[] }>;
      };
    };
    const found = await tool.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] });
    return found.violations.flatMap(({ id, nodes }) =>
      nodes
        .slice(0, 3)
        .map(
          ({ html, failureSummary }) => `${id}: ${html.slice(0, 160)} ${failureSummary?.split('\n')[1]?.trim() ?? ''}`,
        ),
    );
  });
}

export const test = base.extend<object, { house: House }>({
  house: [
    // oxlint-disable-next-line no-empty-pattern -- the form that Playwright wants
    async ({}, use) => {
      const house: House = await openHouse();
      await seed(house);
      await use(house);
      house.close();
    },
    { scope: 'worker', timeout: 120_000 },
  ],
});
