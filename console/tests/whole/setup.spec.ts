/** What people do when they set up: connections, and a workflow in the editor. */
import { type Watched, enter, expect, test } from './support.ts';

/** The newest text of the workflow, as it is stored. */
function lines(page: Watched): Promise<string[]> {
  return page.evaluate(async () => {
    const answer = await fetch('/api/v1/workflows/downstream/text');
    return ((await answer.json()) as { text: string }).text.split('\n');
  });
}

/** The text of the draft that the server keeps; nothing where there is none. */
function draftText(page: Watched): Promise<string> {
  return page.evaluate(async () => {
    const drafts = (await (await fetch('/api/v1/drafts')).json()) as { items: { id: string }[] };
    if (!drafts.items.some(({ id }) => id === 'downstream')) return '';
    return ((await (await fetch('/api/v1/drafts/downstream')).json()) as { text: string }).text;
  });
}

test.describe.configure({ mode: 'serial' });

test('账号连接：测试，更换密钥，密钥不再显示；查看者不能修改', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.getByRole('link', { name: '账号连接' }).click();
  await page.getByRole('main').getByRole('link', { name: 'main' }).click();
  await page.getByRole('button', { name: '测试连接' }).click();
  await expect(page.getByText('连接可用')).toBeVisible();
  await page.getByRole('button', { name: '更换 应用 Secret' }).click();
  await page.getByLabel('应用 Secret').fill('sim-app-secret');
  await expect(page.getByText('有未保存的修改')).toBeVisible();
  await page.getByRole('button', { name: '保存' }).click();
  await expect(page.getByRole('button', { name: '更换 应用 Secret' })).toBeVisible();
  expect(await page.content()).not.toContain('sim-app-secret');
  expect(page.complaints).toEqual([]);
  await page.context().close();
  const viewer = await enter(browser, house, 'zhou.kai');
  await viewer.goto(`${house.url}/w/default/connections/main`);
  await expect(viewer.getByRole('button', { name: '测试连接' })).toHaveAttribute('aria-disabled', 'true');
  await expect(viewer.getByRole('button', { name: '移除' })).toHaveAttribute('aria-disabled', 'true');
  await viewer.context().close();
});

test('编排：表单只改动一行，草稿刷新后还在，保存为新版本并对比', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.goto(`${house.url}/w/default/workflows/downstream`);
  const before = await lines(page);
  await page.getByRole('button', { name: /^创建用户/ }).click();
  const field = page.getByLabel('取值 position');
  await field.fill('{{upper source.title}}');
  await field.press('Enter');
  await expect(page.getByText('草稿保存在服务器上', { exact: false })).toBeVisible();
  await page.reload();
  await expect(page.getByText('草稿保存在服务器上', { exact: false })).toBeVisible();
  expect(await lines(page)).toEqual(before);
  // In another browser the same draft goes on; whoever comes back finds what was written there.
  const other = await enter(browser, house, 'lin.hai');
  await other.goto(`${house.url}/w/default/workflows/downstream`);
  await expect(other.getByText('上次由 lin.hai 修改')).toBeVisible();
  await other.getByRole('button', { name: /^创建用户/ }).click();
  await expect(other.getByLabel('取值 position')).toHaveValue('{{upper source.title}}');
  await other.getByLabel('取值 position').fill('{{lower source.title}}');
  await other.getByLabel('取值 position').press('Enter');
  await expect(other.getByRole('status').filter({ hasText: '草稿保存在服务器上' })).toBeVisible();
  await expect.poll(() => draftText(other)).toContain('{{lower source.title}}');
  await page.getByRole('button', { name: /^创建用户/ }).click();
  await field.fill('{{upper source.title}}x');
  await field.press('Enter');
  await page.getByRole('button', { name: '改用服务器上的草稿' }).click();
  await expect(field).toHaveValue('{{lower source.title}}');
  await field.fill('{{upper source.title}}');
  await field.press('Enter');
  await expect.poll(() => draftText(page)).toContain('{{upper source.title}}');
  expect(other.complaints).toEqual([]);
  await other.context().close();
  // However late the new text comes, what was saved does not come back as a draft of what was there before.
  await page.route('**/workflows/downstream/text', async (route) => {
    await new Promise((done) => setTimeout(done, 1500));
    await route.continue();
  });
  await page.getByRole('button', { name: '保存新版本' }).click();
  await expect(page.getByText('草稿保存在服务器上', { exact: false })).toHaveCount(0);
  await page.unroute('**/workflows/downstream/text');
  await expect.poll(() => draftText(page)).toBe('');
  const after = await lines(page);
  const changed = after.filter((line, at) => line !== before[at]);
  expect(after.length).toBe(before.length);
  expect(changed).toEqual([expect.stringContaining('{{upper source.title}}')]);
  await page.getByRole('tab', { name: '版本' }).click();
  await expect(page.locator('.cm-changedLine').first()).toBeVisible();
  // That the other browser had written the draft meanwhile is the one refusal.
  expect(page.complaints.filter((text) => !/409|412/.test(text))).toEqual([]);
  await page.context().close();
});
