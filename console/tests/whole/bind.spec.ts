/** 添加绑定: somebody of the directory and a member are found and bound by a person, and the next run does so. */
import { enter, expect, test, violations } from './support.ts';

test('添加绑定：按姓名找到人员，填写成员账号，两边都看得到，记录后下一次运行绑定', async ({ browser, house }) => {
  await house.cli('directory', 'person', 'add', 'bd01', '曾小满', '--department', '/示例公司/研发部');
  const page = await enter(browser, house, 'lin.hai');
  await page.getByRole('link', { name: '已绑定' }).click();
  await page.getByRole('button', { name: '添加绑定' }).click();
  const form = page.getByRole('dialog', { name: '添加绑定' });
  await form.getByRole('button', { name: '绑定', exact: true }).click();
  await expect(form.getByText('请选择人员')).toBeVisible();
  await form.getByLabel('目录中的人员').fill('曾小满');
  // The list is that of the search, no longer the first page of all.
  await expect(page.locator('.ant-select-item-option')).toHaveCount(1);
  await page.locator('.ant-select-item-option').filter({ hasText: 'bd01' }).click();
  await expect(form.getByText('/示例公司/研发部', { exact: false })).toBeVisible();
  // A member who is somebody already is told as such, and refused.
  const account = form.getByLabel('对方系统中的账号（企业微信为 userid）');
  await account.fill('p0006');
  await expect(form.getByRole('alert').filter({ hasText: /已绑定 .*p0006/ })).toBeVisible();
  // Each member is told with the departments there; whoever is somebody already cannot be chosen.
  await expect(page.locator('.ant-select-item-option-disabled').filter({ hasText: /p0006.*已绑定/ })).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await account.fill('hx000042');
  await form.getByRole('button', { name: '绑定', exact: true }).click();
  await expect(page.getByText('hx000042，下一次运行绑定', { exact: false })).toBeVisible();
  await expect(form).toHaveCount(0);
  await page.goto(`${house.url}/w/default/matching?tab=decisions`);
  await expect(page.getByRole('row', { name: /hx000042/ })).toContainText('lin.hai');
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

test('失败项里的添加绑定：打开的表单已填好人员和占用手机号的成员', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.goto(`${house.url}/w/default/failures?workflow=downstream`);
  await page.getByRole('main').getByRole('row', { name: /60104/ }).getByRole('link').first().click();
  const item = page.getByRole('dialog').first();
  await item.getByRole('link', { name: '添加绑定' }).click();
  const form = page.getByRole('dialog', { name: '添加绑定' });
  await expect(form.getByText('p0004', { exact: false }).first()).toBeVisible();
  await page.context().close();
});

test('解除绑定只对看到的那一个：这个账号已改绑给别人时，什么都不解除', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  // As it was read before somebody else bound the account to another person.
  await page.route(/\/api\/v1\/links\?/, async (route) => {
    const answer = await route.fetch();
    const all = (await answer.json()) as { items: { key: string; other: string }[] };
    const items = all.items.map((link) => (link.key === 'p0006' ? { ...link, other: '0'.repeat(26) } : link));
    await route.fulfill({ response: answer, json: { ...all, items } });
  });
  await page.goto(`${house.url}/w/default/links?connection=main&find=p0006`);
  const row = page.getByRole('row', { name: /p0006/ });
  await row.getByRole('button', { name: '解除绑定' }).click();
  const sure = page.getByRole('dialog', { name: '解除绑定' });
  await sure.getByRole('button', { name: '解除绑定' }).click();
  await expect(sure.getByText('“p0006”已经是', { exact: false })).toBeVisible();
  await page.unroute(/\/api\/v1\/links\?/);
  await page.reload();
  await expect(row).toBeVisible();
  await page.context().close();
});
