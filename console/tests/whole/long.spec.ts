/**
 * A run of 100,000 items in the browser: rows where one looks, any place, filters. What it took is printed and kept beside the
 * pictures; machines differ, so that only what hangs on no machine is asserted: how much is drawn and asked for.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { openHouse, settle } from './house.mjs';
import { noted, processor, report, untilOpened, untilShown } from './measure.ts';
import { type Watched, enter, expect, test, watch } from './support.ts';

test.setTimeout(600_000);

/** LONG_ROWS: fewer, where somebody works on this story. */
const many = Number(process.env['LONG_ROWS'] ?? '100000');
/** Every thousandth person has no name, and is left behind. */
const nameless = (n: number) => n % 1000 === 7;

function people(): string {
  const lines = ['external_id,userid,name,mobile,email,position,departments,is_leader,manager,status'];
  for (let n = 0; n < many; n += 1) {
    const key = String(n).padStart(6, '0');
    lines.push(
      `${key},u${key},${nameless(n) ? '' : `员工${n}`},154${String(n).padStart(8, '0')},,工程师,D${n % 100},0,,active`,
    );
  }
  return `${lines.join('\n')}\n`;
}

/** How long something takes until it is shown, in ms. */
async function took(does: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await does();
  return Math.round(performance.now() - begun);
}

interface Frames {
  /** The longest gap between two frames, in ms; on a machine that does other things as well, theirs, too. */
  longest: number;
  /** How many gaps were above 50 ms, of how many. */
  above: number;
  all: number;
  /** Processor time of the page's own thread for each turn of the wheel, in ms: what is the console's own. */
  own: number;
}

/** What scrolling by the wheel costs, ten rows a turn. */
async function frames(page: Watched): Promise<Frames> {
  await page.evaluate(() => {
    const gaps: number[] = [];
    let before = performance.now();
    const step = (at: number) => {
      gaps.push(at - before);
      before = at;
      if (gaps.length < 100_000) requestAnimationFrame(step);
    };
    requestAnimationFrame((at) => {
      before = at;
      requestAnimationFrame(step);
    });
    Object.assign(globalThis, { gaps });
  });
  const box = await page.getByRole('grid').boundingBox();
  await page.mouse.move((box?.x ?? 0) + 200, (box?.y ?? 0) + 200);
  const spent = await processor(page);
  for (let turn = 0; turn < 60; turn += 1) {
    await page.mouse.wheel(0, 400);
    await page.evaluate(() => new Promise(requestAnimationFrame));
  }
  const own = (await spent()) / 60;
  const seen = await page.evaluate(() => {
    const { gaps } = globalThis as unknown as { gaps: number[] };
    return {
      longest: Math.round(Math.max(...gaps)),
      above: gaps.filter((gap) => gap > 50).length,
      all: gaps.length,
    };
  });
  return { ...seen, own: Math.round(own * 10) / 10 };
}

test('十万项的运行：立即看到前几行，任意位置，按错误码筛选，滚动不卡', async ({ browser }) => {
  const house = await openHouse();
  try {
    await settle(house);
    const departments = Array.from({ length: 100 }, (_, n) => `D${n},HQ,部门${n},${n}`);
    writeFileSync(
      join(house.hr, 'departments.csv'),
      ['dept_id,parent_id,name,order', 'HQ,,示例公司,1', ...departments, ''].join('\n'),
    );
    writeFileSync(join(house.hr, 'users.csv'), people());
    const seeded = await took(() => house.cli('directory', 'import', 'hr', '--yes'));
    const page = await enter(browser, house, 'lin.hai');
    await page.goto(`${house.url}/w/default/runs`);
    await page.getByRole('main').getByRole('link', { name: /#1$/ }).click();
    await page.waitForURL(/\/runs\/\w{20,}/);
    const grid = page.getByRole('grid', { name: '明细' });
    const row = (n: number) => grid.locator(`[data-row="${n}"]`);
    const rows = many + 101;
    let asked = 0;
    page.on('request', (request) => {
      if (request.url().includes('/items?')) asked += 1;
    });
    const spent = await processor(page);
    const first = await untilShown(page, [{ selector: '[data-row="0"]', text: '示例公司' }], () =>
      page.getByRole('tab', { name: '明细' }).click(),
    );
    const firstOwn = await spent();
    // The first rows wait for no index; it is made once, for whoever asks for a place or a filter.
    const indexed = await took(() =>
      page.evaluate(async () => {
        const run = location.pathname.split('/').pop() ?? '';
        await fetch(`/api/v1/runs/${run}/items?limit=1&skip=1`);
      }),
    );
    await expect(page.getByText(`共 ${rows.toLocaleString('en')} 项`)).toBeVisible();
    await expect(grid).toHaveAttribute('aria-rowcount', String(rows + 1));
    const scrolled = await frames(page);
    expect(await grid.getByRole('row').count()).toBeLessThan(60);

    const place = Math.floor(rows * 0.7);
    const jump = await took(async () => {
      await page.getByLabel('转到第几项').fill(String(place));
      await page.getByLabel('转到第几项').press('Enter');
      await expect(row(place - 1)).toContainText('员工');
    });
    await expect(row(place - 1)).toBeFocused();
    const end = await took(async () => {
      await page.keyboard.press('End');
      await expect(row(rows - 1)).toContainText('员工');
    });
    expect(await grid.getByRole('row').count()).toBeLessThan(60);
    // A few pieces for where one was, not one for each that was passed.
    expect(asked).toBeLessThan(30);

    const found = Math.ceil((many - 7) / 1000);
    await page.getByRole('combobox', { name: '错误码' }).click();
    const filterSpent = await processor(page);
    const filtered = await untilShown(
      page,
      [
        { selector: '[aria-live]', text: `共 ${found} 项` },
        { selector: '[data-row="0"]', text: '数据有误' },
      ],
      () => page.getByRole('option', { name: 'name_missing' }).or(page.getByTitle('name_missing')).last().click(),
    );
    const filterOwn = await filterSpent();
    await expect(grid).toHaveAttribute('aria-rowcount', String(found + 1));

    // The same by its address, in a page that has nothing yet: scripts, session, run and rows.
    const fresh = watch(await page.context().newPage(), house);
    const address = page.url().replace(/[?].*/, '?tab=items');
    const opened = await untilOpened(fresh, address, [{ selector: '[data-row="0"]', text: '示例公司' }]);
    const { first_content_ms, asked: calls } = await noted(fresh);
    expect(fresh.complaints).toEqual([]);
    expect(page.complaints).toEqual([]);
    report('long', {
      rows,
      seeded_ms: seeded,
      first_rows_ms: first,
      first_rows_own_ms: firstOwn,
      index_ms: indexed,
      opened_ms: opened,
      opened_first_content_ms: first_content_ms,
      opened_asked: calls,
      jump_ms: jump,
      end_ms: end,
      filter_ms: filtered,
      filter_own_ms: filterOwn,
      frames: scrolled,
    });
    await page.context().close();
  } finally {
    house.close();
  }
});
