/** What people do with messages: written, looked at who gets it, sent once, taken back. */
import { enter, expect, test, violations } from './support.ts';

test('消息：选人，先看谁收得到，跳过没有绑定的人，发送，查看结果，撤回', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.getByRole('link', { name: '消息', exact: true }).click();
  await page.getByRole('button', { name: '发消息' }).first().click();
  const people = page.getByRole('combobox', { name: '人员' });
  // p0006 is linked; p0005 has neither number nor address and is no member of WeCom.
  for (const account of ['p0006', 'p0005']) {
    await people.fill(account);
    await page.locator('.ant-select-item-option').filter({ hasText: account }).click();
  }
  await page.keyboard.press('Escape');
  await page.getByLabel('内容').fill('今晚 20:00 系统维护');
  // What was written is still there after a reload.
  await page.reload();
  await expect(page.getByLabel('内容')).toHaveValue('今晚 20:00 系统维护');
  await page.getByRole('button', { name: '查看接收人' }).click();
  await expect(page.getByText('2 个接收对象中，1 个可以收到')).toBeVisible();
  await expect(page.getByRole('row', { name: /没有绑定账号/ })).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await page.getByRole('checkbox', { name: '跳过收不到的，发给其他人' }).check();
  await page.getByRole('button', { name: '发送给这 1 个接收对象' }).click();
  const drawer = page.getByRole('dialog', { name: '消息详情' });
  await expect(drawer.getByText(/errcode 0/)).toBeVisible();
  expect(await violations(page)).toEqual([]);
  const told = await (await fetch(`${house.admin}/messages?after=0&limit=100`)).text();
  expect(told).toContain('今晚 20:00 系统维护');
  await drawer.getByRole('button', { name: '撤回' }).click();
  await page.getByRole('dialog', { name: '撤回', exact: true }).getByRole('button', { name: '撤回' }).click();
  await expect(drawer.getByText('已撤回').first()).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('table', { name: '消息' }).getByText('已撤回')).toBeVisible();
  expect(page.complaints).toEqual([]);
  await page.context().close();
});
