/** What people do when they set up: connections, and a workflow in the editor. */
import { type Watched, enter, expect, test } from './support.ts';

/** The newest text of the workflow, as it is stored. */
function lines(page: Watched): Promise<string[]> {
  return page.evaluate(async () => {
    const answer = await fetch('/api/v1/workflows/downstream/text');
    return ((await answer.json()) as { text: string }).text.split('\n');
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
  await expect(page.getByText('草稿已保留在此浏览器')).toBeVisible();
  await page.reload();
  await expect(page.getByText('草稿已保留在此浏览器')).toBeVisible();
  // However late the new text comes, what was saved does not come back as a draft of what was there before.
  await page.route('**/workflows/downstream/text', async (route) => {
    await new Promise((done) => setTimeout(done, 1500));
    await route.continue();
  });
  await page.getByRole('button', { name: '保存新版本' }).click();
  await expect(page.getByText('草稿已保留在此浏览器')).toHaveCount(0);
  await page.unroute('**/workflows/downstream/text');
  const after = await lines(page);
  const changed = after.filter((line, at) => line !== before[at]);
  expect(after.length).toBe(before.length);
  expect(changed).toEqual([expect.stringContaining('{{upper source.title}}')]);
  await page.getByRole('tab', { name: '版本' }).click();
  await expect(page.locator('.cm-changedLine').first()).toBeVisible();
  expect(page.complaints).toEqual([]);
  await page.context().close();
});
