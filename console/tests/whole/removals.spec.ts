/** Removals that wait: decided one by one and together, and what page, run log and WeCom say of them afterwards. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { openOwn, users } from './house.mjs';
import { type House, enter, expect, test } from './support.ts';

test.setTimeout(300_000);

/** Who can sign in to WeCom, by account. */
async function enabled(house: House): Promise<Record<string, boolean>> {
  const { corps } = (await (await fetch(`${house.admin}/snapshot`)).json()) as {
    corps: { users: { userid: string; enable?: number }[] }[];
  };
  return Object.fromEntries((corps[0]?.users ?? []).map(({ userid, enable }) => [userid, enable !== 0]));
}

test('待处理的移除：四人离职，批准一人，保留一人，其余一起批准并立即运行', async ({ browser }) => {
  const house: House = await openOwn('wecom_downstream_mirror');
  try {
    await house.cli('run', 'downstream', '--wait');
    writeFileSync(
      join(house.hr, 'users.csv'),
      users((n) => n > 60, true),
    );
    await house.cli('run', 'hr_import', '--wait', '--input', 'folder=hr');
    await house.cli('run', 'downstream', '--wait');
    const leavers = ['p0061', 'p0062', 'p0063', 'p0064'];
    expect(await enabled(house)).toMatchObject(Object.fromEntries(leavers.map((who) => [who, true])));

    const page = await enter(browser, house, 'lin.hai');
    await page
      .getByRole('main')
      .getByRole('link', { name: /待处理的移除/ })
      .click();
    await expect(page.getByRole('heading', { level: 1, name: '待处理的移除' })).toBeVisible();
    const table = page.getByRole('table', { name: '待处理的移除' });
    const row = (who: string) => table.getByRole('row', { name: new RegExp(who) });
    for (const who of leavers) {
      await expect(row(who)).toContainText('禁用');
      await expect(row(who)).toContainText('等待决定');
      await expect(row(who)).toContainText(/上限/);
    }
    /** Chooses these and does it, after the question that names them. */
    const decide = async (whom: readonly string[], deed: string, names: string | RegExp, why = '') => {
      for (const who of whom) await row(who).getByRole('checkbox').check();
      await page.getByRole('button', { name: deed }).click();
      const asked = page.getByRole('dialog', { name: deed });
      await expect(asked).toContainText(names);
      await asked.getByRole('textbox', { name: '原因' }).fill(why);
      await asked.getByRole('button', { name: deed }).click();
      await expect(asked).toBeHidden();
      for (const who of whom) await expect(row(who)).toHaveCount(0);
    };
    const show = async (state: string) => {
      await page.getByRole('combobox', { name: '状态' }).click();
      await page
        .locator('.ant-select-item-option')
        .filter({ hasText: new RegExp(`^${state}$`) })
        .click();
    };

    // Nothing is chosen, nothing can be decided.
    await expect(page.getByRole('button', { name: '批准移除这 0 项' })).toHaveAttribute('aria-disabled', 'true');
    await decide(['p0061'], '批准移除这 1 项', '将移除：李敏 (p0061)');
    // An approval alone does nothing.
    expect((await enabled(house))['p0061']).toBe(true);
    await show('已批准');
    await expect(row('p0061')).toContainText('lin.hai 已批准');
    await show('等待决定');
    await decide(['p0062'], '保留这 1 项', '王磊 (p0062) 会一直保留', '交接到月底');
    await show('已保留');
    await expect(row('p0062')).toContainText('原因：交接到月底');
    await show('等待决定');
    await page.getByRole('checkbox', { name: '批准后立即运行工作流' }).check();
    await decide(
      ['p0063', 'p0064'],
      '批准移除这 2 项',
      /将移除：(刘军 .p0063.、陈伟 .p0064.|陈伟 .p0064.、刘军 .p0063.)/,
    );
    await expect(page.getByText('没有需要决定的移除')).toBeVisible();

    // The run that this started carries out both approvals, and no more.
    await show('已执行');
    for (const who of ['p0061', 'p0063', 'p0064']) await expect(row(who)).toContainText('lin.hai 已批准');
    await expect(row('p0062')).toHaveCount(0);
    await show('已保留');
    await expect(row('p0062')).toContainText('lin.hai 决定保留');
    await expect(row('p0062').getByRole('checkbox')).toBeEnabled();
    expect(await enabled(house)).toMatchObject({ p0001: true, p0061: false, p0062: true, p0063: false, p0064: false });

    await page.getByRole('link', { name: '运行记录' }).click();
    await page.getByRole('main').getByRole('link', { name: 'downstream #3' }).click();
    await expect(page.getByRole('status').filter({ hasText: '成功' })).toBeVisible();
    await expect(page.getByText(/保留/).first()).toBeVisible();
    await page.getByRole('link', { name: '已移除 3 人' }).click();
    const items = page.getByRole('grid', { name: '明细' });
    for (const name of ['李敏', '刘军', '陈伟']) await expect(items.getByRole('row', { name })).toContainText('禁用');
    await expect(items.getByText('王磊')).toHaveCount(0);
    await page.getByRole('button', { name: '清除筛选' }).click();
    await expect(items.getByRole('row', { name: '王磊' }).filter({ hasText: 'p0062' })).toContainText('lin.hai');
    await expect(items.getByRole('row', { name: '王磊' }).filter({ hasText: 'p0062' })).toContainText('已跳过');
    expect(page.complaints).toEqual([]);
    await page.context().close();
  } finally {
    house.close();
  }
});
