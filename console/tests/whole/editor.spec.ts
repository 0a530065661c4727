/** The editor: schedules as a form; what stands beside a draft says that it is no part of what is done; webhooks; archiving. */
import type { Page } from '@playwright/test';

import { openOwn } from './house.mjs';
import { type House, enter, expect, test, violations } from './support.ts';

test('触发器有表单：添加定时、改时间；未保存时预演先说明；保存后说明生效的仍是旧版本', async ({ browser }) => {
  const house: House = await openOwn('wecom_downstream_full');
  try {
    const page = await enter(browser, house, 'lin.hai');
    await page.goto(`${house.url}/w/default/workflows/downstream`);
    await page.getByRole('button', { name: /^触发器/ }).click();
    await page.getByRole('button', { name: '添加定时' }).click();
    const schedule = page.getByRole('group', { name: '定时 1' });
    await schedule.getByLabel('时间').fill('04:45');
    await schedule.getByLabel('时间').blur();
    await expect(schedule.getByText('每天 04:45')).toBeVisible();
    await expect(page.getByText('草稿保存在服务器上', { exact: false })).toBeVisible();
    expect(await violations(page)).toEqual([]);
    // What one sees in the editor is not what would be planned.
    await page.getByRole('button', { name: '预演' }).click();
    const asked = page.getByRole('dialog', { name: '预演' });
    await expect(asked.getByText('编排里有未保存的修改，不包括在内', { exact: false })).toBeVisible();
    await asked.getByRole('button', { name: '取消' }).click();
    await page.getByRole('button', { name: '保存新版本' }).click();
    const newer = page.getByRole('status').filter({ hasText: '版本 2 已保存，生效的仍是版本 1' });
    await expect(newer).toBeVisible();
    // What would change stands there in words, before anybody activates it.
    const changes = newer.getByRole('list', { name: '版本 1 到版本 2 的变化' }).getByRole('listitem');
    await expect(changes).toHaveCount(1);
    await expect(changes).toContainText('45 4 * * *');
    await page.getByRole('button', { name: '启用' }).click();
    await expect(page.getByText('生效的仍是版本', { exact: false })).toHaveCount(0);
    await page.getByRole('tab', { name: '概况' }).click();
    await expect(page.getByText('每天 04:45 Asia/Shanghai')).toBeVisible();
    // Who saved what, and which is live; any of them can be gone back to.
    await page.getByRole('tab', { name: '版本' }).click();
    const versions = page.getByRole('table', { name: '版本' });
    await expect(versions.getByRole('row', { name: /版本 2/ })).toContainText('生效中');
    await expect(versions.getByRole('row', { name: /版本 2/ })).toContainText('lin.hai');
    await versions
      .getByRole('row', { name: /版本 1/ })
      .getByRole('button', { name: '退回到此版本' })
      .click();
    await page.getByRole('dialog', { name: '退回到此版本' }).getByRole('button', { name: '退回到此版本' }).click();
    await expect(versions.getByRole('row', { name: /版本 3/ })).toContainText('来自版本 1');
    await expect(page.getByRole('status').filter({ hasText: '版本 3 已保存，生效的仍是版本 2' })).toBeVisible();
    // What was put away is found again by its state.
    await page.getByRole('button', { name: '归档' }).click();
    await page.getByRole('dialog', { name: '归档' }).getByRole('button', { name: '归档' }).click();
    await expect(page.getByRole('main').getByText('已归档').first()).toBeVisible();
    await page.goto(`${house.url}/w/default/workflows?state=archived`);
    await expect(page.getByRole('link', { name: '企业微信下游全量同步' })).toBeVisible();
    // A text of one's own becomes a workflow: not with errors, and not over another one.
    const { text } = await page.evaluate(
      async () => (await fetch('/api/v1/workflows/downstream/text')).json() as Promise<{ text: string }>,
    );
    await page.getByRole('button', { name: '用自己的 YAML 创建' }).click();
    const own = page.getByRole('dialog', { name: '用自己的 YAML 创建' });
    for (const [given, told] of [
      ['id: mine', /第 \d+ 行：/],
      [text, /已有标识为 downstream 的工作流/],
    ] as const) {
      await own.getByLabel('YAML 文本').fill(given);
      await own.getByRole('button', { name: '检查并创建' }).click();
      await expect(own.getByText(told)).toBeVisible();
    }
    await own.getByLabel('YAML 文本').fill(text.replace(/^id: downstream$/m, 'id: own_one'));
    await own.getByRole('button', { name: '检查并创建' }).click();
    await page.waitForURL(/workflows\/own_one/);
    expect(page.complaints).toEqual([]);
    await page.context().close();
  } finally {
    house.close();
  }
});

/** Saves a version as somebody else would. */
async function saveElsewhere(page: Page, change: (text: string) => string): Promise<void> {
  const { text } = await page.evaluate(
    async () => (await fetch('/api/v1/workflows/downstream/text')).json() as Promise<{ text: string }>,
  );
  const status = await page.evaluate(async (changed) => {
    const { csrf } = (await (await fetch('/api/v1/session')).json()) as { csrf: string };
    const headers = {
      'Content-Type': 'application/json',
      'X-Idflow-Csrf': csrf,
      'Idempotency-Key': crypto.randomUUID(),
    };
    const body = JSON.stringify({ id: 'downstream', text: changed, connections: [] });
    return (await fetch('/api/v1/workflows', { method: 'POST', headers, body })).status;
  }, change(text));
  expect(status).toBe(200);
}

test('别人在修改期间保存了新版本：先说明并给出差别，才能保存', async ({ browser }) => {
  const house: House = await openOwn('wecom_downstream_full');
  try {
    const page = await enter(browser, house, 'lin.hai');
    await page.goto(`${house.url}/w/default/workflows/downstream`);
    await page.getByRole('button', { name: /^创建用户/ }).click();
    await expect(page.getByText('这份映射也用于：更新用户', { exact: false })).toBeVisible();
    await page.getByLabel('取值 position').fill('{{upper source.title}}');
    await page.getByLabel('取值 position').press('Enter');
    await expect(page.getByText('草稿保存在服务器上', { exact: false })).toBeVisible();
    await saveElsewhere(page, (text) => text.replace('timeout: 2h', 'timeout: 3h'));
    await page.reload();
    const told = page.getByRole('alert').filter({ hasText: '有人保存了版本 2' });
    await expect(told).toBeVisible();
    await told.getByRole('button', { name: '查看差别' }).click();
    await expect(told.locator('.cm-changedLine').first()).toBeVisible();
    await page.getByRole('button', { name: '保存新版本' }).click();
    const asked = page.getByRole('dialog', { name: '保存新版本' });
    await expect(asked.getByText('版本 2 的改动不在这里的文本中', { exact: false })).toBeVisible();
    await asked.getByRole('button', { name: '保存新版本' }).click();
    await expect(page.getByRole('status').filter({ hasText: '版本 3 已保存' })).toBeVisible();
    await expect(told).toHaveCount(0);
    expect(page.complaints).toEqual([]);
    await page.context().close();
  } finally {
    house.close();
  }
});
