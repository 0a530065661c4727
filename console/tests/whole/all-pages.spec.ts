/** Every page, in both languages and themes and at three widths, switched in place: quiet, accessible, no sideways scroll. */
import { mkdirSync } from 'node:fs';

import { type House, type Watched, enter, expect, test, violations } from './support.ts';

/** The pages; `RUN` is the partial run of the house, `HELD` the held one, `PERSON` the first person. A new page is a row here. */
const pages = [
  '',
  '/workflows',
  '/workflows/downstream',
  '/workflows/downstream?tab=facts',
  '/workflows/downstream?tab=versions',
  '/templates',
  '/templates/wecom_downstream_full',
  '/templates/wecom_downstream_full?step=scope',
  '/templates/wecom_downstream_full?step=mapping',
  '/templates/wecom_downstream_full?step=trigger',
  '/connections',
  '/connections?add=1',
  '/connections/main',
  '/connections/main/integration',
  '/connections/main/integration?tab=doctor',
  '/connections/main/integration?tab=callbacks',
  '/connections/main/integration?tab=files',
  '/connections/main/integration?tab=consent',
  '/playground',
  '/providers',
  '/connections/main/provider',
  '/upload',
  '/review',
  '/messages',
  '/notifications',
  '/notifications?rule=new',
  '/notifications?tab=sent',
  '/notifications?tab=mail',
  '/messages?compose=1',
  '/setup',
  '/runs',
  '/runs/RUN',
  '/runs/RUN?tab=items',
  '/runs/RUN?tab=items&outcome=failed&item=8',
  '/runs/RUN?tab=calls',
  '/runs/RUN?tab=facts',
  '/runs/HELD',
  '/runs/HELD/plan',
  '/failures',
  '/approvals',
  '/removals?state=',
  '/people',
  '/people?person=PERSON',
  '/matching',
  '/links',
  '/audit',
  '/accounts',
  '/tokens',
  '/identities',
  '/sessions',
  '/tenants',
  '/settings',
  '/settings?tab=oidc',
  '/settings?tab=store',
  '/settings?tab=about',
];
const folder = process.env['PICTURES'] ?? 'test-results/pictures';

/** Switches language and theme as the person would, without loading the page again. */
async function choose(page: Watched, language: string, theme: string): Promise<void> {
  const now = await page.evaluate(() => document.documentElement.lang);
  if (!now.startsWith(language)) {
    await page.setViewportSize({ width: 1280, height: 900 });
    // The next page is opened soon, and would take the request along; the account would keep the other language.
    const kept = page.waitForResponse(/\/session\/preferences$/);
    await page.evaluate(() => document.querySelector<HTMLButtonElement>('button[data-language]')?.click());
    await page.waitForFunction((wanted) => document.documentElement.lang.startsWith(wanted), language);
    await kept;
  }
  await page.emulateMedia({ colorScheme: theme === 'dark' ? 'dark' : 'light', reducedMotion: 'reduce' });
}

async function runs(house: House, page: Watched): Promise<Record<string, string>> {
  const found = await page.evaluate(async () => {
    const answer = await fetch('/api/v1/runs');
    return ((await answer.json()) as { items: { run: string; status: string; workflow: string }[] }).items;
  });
  const by = (status: string) => found.find((run) => run.status === status)?.run ?? '';
  expect(by('partial'), house.url).not.toBe('');
  const person = await page.evaluate(async () => {
    const answer = await fetch('/api/v1/directory/objects?kind=user&limit=1');
    return ((await answer.json()) as { items: { id: string }[] }).items[0]?.id ?? '';
  });
  return { RUN: by('partial'), HELD: by('held'), PERSON: person };
}

/** Han outside of what is data. */
function hanOutsideData(page: Watched): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) {
      const node = walk.currentNode;
      const inside = node.parentElement?.closest('[data-value], noscript, script, style, [data-language]');
      if (!inside && /\p{Script=Han}/u.test(node.textContent ?? '')) found.push(node.textContent ?? '');
    }
    return found;
  });
}

let page: Watched;
let known: Record<string, string>;

test.beforeAll(async ({ browser, house }) => {
  mkdirSync(folder, { recursive: true });
  page = await enter(browser, house, 'lin.hai');
  known = await runs(house, page);
});

for (const path of pages) {
  test(`page ${path || '/'}`, async ({ house }) => {
    const address = path
      .replace('RUN', known['RUN'] ?? '')
      .replace('HELD', known['HELD'] ?? '')
      .replace('PERSON', known['PERSON'] ?? '');
    const name = path.replaceAll(/[^\w]+/g, '-') || 'overview';
    page.complaints.length = 0;
    await page.setViewportSize({ width: 1280, height: 900 });
    await page.goto(`${house.url}/w/default${address}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await expect(page.locator('.ant-skeleton-active')).toHaveCount(0);
    const wrong: string[] = [];
    for (const language of ['zh', 'en']) {
      for (const theme of ['light', 'dark']) {
        await choose(page, language, theme);
        for (const width of [1280, 1920, 390]) {
          await page.setViewportSize({ width, height: 900 });
          await page.evaluate(() => new Promise(requestAnimationFrame));
          await page.screenshot({ path: `${folder}/${name}-${language}-${theme}-${width}.png` });
          const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          if (sideways > 1) wrong.push(`${language} ${width}: ${sideways} px too wide`);
        }
        await page.setViewportSize({ width: 1280, height: 900 });
        // Words are the same for axe in both languages; contrast is not the same in both themes.
        if (language === 'zh') wrong.push(...(await violations(page)).map((found) => `${theme}: ${found}`));
        else if (theme === 'light')
          wrong.push(...(await hanOutsideData(page)).map((found) => `Han in English: ${found}`));
      }
    }
    await choose(page, 'zh', 'light');
    expect([...wrong, ...page.complaints]).toEqual([]);
  });
}
