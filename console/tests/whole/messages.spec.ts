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

test('发送的回答没有收到，重新载入后再发送：只发一次', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.goto(`${house.url}/w/default/messages?compose=1`);
  const people = page.getByRole('combobox', { name: '人员' });
  await people.fill('p0006');
  await page.locator('.ant-select-item-option').filter({ hasText: 'p0006' }).click();
  await page.keyboard.press('Escape');
  await page.getByLabel('内容').fill('食堂明天停业一天');
  await page.getByRole('button', { name: '查看接收人' }).click();
  // It is carried out, and the answer is lost on the way.
  await page.route('**/api/v1/messages/wecom', async (route) => {
    await route.fetch();
    await route.abort();
  });
  await page.getByRole('button', { name: '发送给这 1 个接收对象' }).click();
  await expect(page.getByText('连不上服务器').first()).toBeVisible();
  await page.unroute('**/api/v1/messages/wecom');
  await page.reload();
  await page.getByRole('button', { name: '查看接收人' }).click();
  await page.getByRole('button', { name: '发送给这 1 个接收对象' }).click();
  await expect(page.getByRole('dialog', { name: '消息详情' }).getByText(/errcode 0/)).toBeVisible();
  const { items } = await page.evaluate(
    async () => (await (await fetch('/api/v1/messages?limit=50')).json()) as { items: { text: string }[] },
  );
  expect(items.filter(({ text }) => text === '食堂明天停业一天')).toHaveLength(1);
  await page.context().close();
});

test('有两个账号连接可以发消息：没有选就不显示成已选，列出的每一个都能选', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  const sent: { connection?: string }[] = [];
  let name = '';
  await page.route('**/api/v1/connections?limit=500', async (route) => {
    const answer = await route.fetch();
    const all = (await answer.json()) as { items: { id: string; name: string; title: string; connector: string }[] };
    const [one] = all.items.filter(({ connector }) => connector === 'wecom');
    name = one?.name ?? '';
    const items = one ? [one, { ...one, id: 'second', name: 'second', title: '第二个' }] : [];
    await route.fulfill({ response: answer, json: { ...all, items } });
  });
  await page.route('**/api/v1/messages/wecom', async (route) => {
    sent.push(route.request().postDataJSON() as { connection?: string });
    await route.continue();
  });
  await page.goto(`${house.url}/w/default/messages?compose=1`);
  const people = page.getByRole('combobox', { name: '人员' });
  await people.fill('p0006');
  await page.locator('.ant-select-item-option').filter({ hasText: 'p0006' }).click();
  await page.keyboard.press('Escape');
  await page.getByLabel('内容').fill('试一试');
  await expect(page.getByText('唯一可以发消息的那个')).toBeVisible();
  await page.getByRole('button', { name: '查看接收人' }).click();
  await expect(page.getByText('1 个接收对象中，1 个可以收到')).toBeVisible();
  await page.getByLabel('账号连接').click();
  await page.locator('.ant-select-item-option:visible').first().click();
  await page.getByRole('button', { name: '查看接收人' }).click();
  await expect(page.getByText('1 个接收对象中，1 个可以收到')).toBeVisible();
  expect(sent.map(({ connection }) => connection)).toEqual([undefined, name]);
  await page.context().close();
});
