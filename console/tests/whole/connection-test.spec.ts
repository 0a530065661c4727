/** 账号连接: what stands in the form is what is tested, and a result says of what it is. */
import { enter, expect, test, violations } from './support.ts';

test('测试连接测的是表单里的设置；保存后测试保存的，结果不会留在原来的设置上', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.goto(`${house.url}/w/default/connections/main`);
  await page.getByRole('button', { name: '更换 应用 Secret' }).click();
  await page.getByLabel('应用 Secret').fill('sim-contacts-secret');
  await page.getByRole('button', { name: '更换 通讯录同步 Secret' }).click();
  await page.getByLabel('通讯录同步 Secret').fill('sim-app-secret');
  await page.getByRole('button', { name: '测试连接' }).click();
  await expect(page.getByText('连接不可用')).toBeVisible();
  await expect(page.getByText('测试的是表单里尚未保存的设置', { exact: false })).toBeVisible();
  // As the form calls them.
  await expect(page.getByText('应用 Secret 是通讯录同步的', { exact: false }).first()).toBeVisible();
  expect(await violations(page)).toEqual([]);
  // Other values: the result was about those before.
  await page.getByLabel('应用 Secret').fill('sim-app-secret');
  await expect(page.getByText('连接不可用')).toHaveCount(0);
  await page.getByLabel('通讯录同步 Secret').fill('sim-contacts-secret');
  await page.getByRole('button', { name: '保存', exact: true }).click();
  await expect(page.getByText('连接可用')).toBeVisible();
  await expect(page.getByText('测试的是表单里尚未保存的设置', { exact: false })).toHaveCount(0);
  await expect(page.getByText(/读取部门结构 可用/).first()).toBeVisible();
  expect(page.complaints).toEqual([]);
  await page.context().close();
});
