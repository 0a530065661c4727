/** People who wait for somebody to let them in, and who is told when something goes wrong. */
import { enter, expect, test, violations } from './support.ts';

test('审核中：等待的人由审批人同意或拒绝，之后才算在职', async ({ browser, house }) => {
  for (const [account, name] of [
    ['rv01', '许静'],
    ['rv02', '何磊'],
    ['rv03', '孙敏'],
  ] as const) {
    await house.cli(
      'directory',
      'person',
      'add',
      account,
      name,
      '--department',
      '/示例公司/研发部',
      '--set',
      'status=pending_review',
    );
  }
  const page = await enter(browser, house, 'wang.min');
  await page.getByRole('link', { name: '待审核人员', exact: true }).click();
  const table = page.getByRole('table', { name: '待审核人员' });
  await expect(table.getByRole('row', { name: /许静/ })).toBeVisible();
  await expect(table.getByRole('row', { name: /何磊/ })).toBeVisible();
  expect(await violations(page)).toEqual([]);
  for (const name of ['许静', '何磊']) await table.getByRole('row', { name }).getByRole('checkbox').check();
  await page.getByRole('textbox', { name: /原因/ }).fill('已核对入职手续');
  await page.getByRole('button', { name: '同意这 2 人' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '同意这 2 人' }).click();
  await expect(table.getByRole('row', { name: /许静/ })).toHaveCount(0);
  await table.getByRole('row', { name: '孙敏' }).getByRole('checkbox').check();
  await page.getByRole('button', { name: '拒绝这 1 人' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '拒绝这 1 人' }).click();
  await expect(page.getByText('没有等待审核的人')).toBeVisible();
  await page.getByRole('link', { name: '查看用户管理' }).click();
  await page.getByRole('link', { name: '许静' }).click();
  await expect(page.getByRole('dialog').getByText('在职').first()).toBeVisible();
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

test('改为筛选出的全部之后又取消勾选一人：只对还勾选的人，不再是全部', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.goto(`${house.url}/w/default/people?status=active`);
  const boxes = page.getByRole('table', { name: '用户管理' }).getByRole('row').getByRole('checkbox');
  // The first stands above the rows, and ticks all of them.
  await boxes.nth(1).check();
  await boxes.nth(2).check();
  await page.getByRole('button', { name: /^改为筛选出的全部/ }).click();
  await expect(page.getByRole('button', { name: '禁用这 2 人' })).toHaveCount(0);
  await expect(page.getByRole('button', { name: /^禁用这 [\d,]+ 人$/ })).toBeVisible();
  await boxes.nth(2).uncheck();
  await expect(page.getByRole('button', { name: '禁用这 1 人' })).toBeVisible();
  await expect(page.getByRole('button', { name: /^改为筛选出的全部/ })).toBeVisible();
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

test('通知：添加规则，发送测试，成员在企业微信里收到，记录里看得到', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.goto(`${house.url}/w/default/notifications?rule=new`);
  const form = page.getByRole('dialog', { name: '添加规则' });
  await form.getByLabel('标识').fill('duty');
  await form.getByLabel('名称').fill('值班');
  await form.getByRole('checkbox', { name: '运行失败' }).check();
  await form.getByRole('radio', { name: '企业微信消息' }).check();
  await form.getByLabel('成员账号').fill('p0006');
  await page.keyboard.press('Enter');
  await form.getByRole('button', { name: '保存' }).click();
  const row = page.getByRole('row', { name: /值班/ });
  await expect(row).toBeVisible();
  await row.getByRole('button', { name: '发送测试' }).click();
  await expect(page.getByText('测试消息已送达')).toBeVisible();
  const told = await (await fetch(`${house.admin}/messages?after=0&limit=100`)).text();
  expect(told).toContain('p0006');
  await page.getByRole('tab', { name: '发送记录' }).click();
  await expect(page.getByText('已送达').first()).toBeVisible();
  expect(await violations(page)).toEqual([]);
  expect(page.complaints).toEqual([]);
  await page.context().close();
});
