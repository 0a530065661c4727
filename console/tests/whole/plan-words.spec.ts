/** What only planned is told as a plan, and what was not tested well is not called well: on every page that speaks of it. */
import { openOwn } from './house.mjs';
import { type House, enter, expect, test } from './support.ts';

/** The two secrets of the connection, from the variables that hold them. */
const secrets = (app: string, contacts: string) => [
  '--secret',
  `app_secret=env:${app}`,
  '--secret',
  `contacts_secret=env:${contacts}`,
];

test('预演不算成功：运行记录、工作流、变更预览和概览都说将改动多少项', async ({ browser }) => {
  // A house of its own: plans are counted here, and they take the numbers of runs that others count.
  const house: House = await openOwn('wecom_downstream_full');
  try {
    const page = await enter(browser, house, 'lin.hai');
    await page.goto(`${house.url}/w/default/workflows/downstream`);
    await page.getByRole('button', { name: '预演', exact: true }).click();
    await page.getByRole('dialog', { name: '预演 downstream' }).getByRole('button', { name: '预演' }).click();
    await expect(page.getByRole('heading', { level: 1, name: /变更预览/ })).toBeVisible();
    const words = /预演完成，将改动 \d+ 项/;
    await expect(page.getByText(words).first()).toBeVisible();
    await expect(page.getByText('成功（没有变化）')).toHaveCount(0);
    await page.goto(`${house.url}/w/default/runs?workflow=downstream`);
    await expect(page.getByRole('row', { name: words })).toHaveCount(1);
    await page.goto(`${house.url}/w/default/workflows`);
    await expect(page.getByRole('row', { name: /downstream/ }).getByText(words)).toBeVisible();
    await page.goto(`${house.url}/w/default/workflows/downstream?tab=facts`);
    await expect(page.getByRole('link', { name: words }).first()).toBeVisible();
    await page.goto(`${house.url}/w/default`);
    await expect(page.getByRole('link', { name: '预演完成 1 次' })).toBeVisible();
    expect(page.complaints).toEqual([]);
    await page.context().close();
  } finally {
    house.close();
  }
});

test('最近一次测试没有通过的账号连接，概览和模板库都不说它正常', async ({ browser, house }) => {
  const main = ['connection', 'add', 'wecom', '--name', 'main'];
  // Each in the other's place: kept all the same, and the test says so.
  await house.cli(...main, ...secrets('CONTACTS', 'APP')).catch(() => undefined);
  await house.cli('connection', 'test', 'main').catch(() => undefined);
  const page = await enter(browser, house, 'lin.hai');
  const line = page.getByRole('listitem').filter({ has: page.getByRole('link', { name: 'main', exact: true }) });
  await expect(line).toContainText('测试未通过');
  await expect(line).not.toContainText('正常');
  await page.goto(`${house.url}/w/default/templates/wecom_downstream_full`);
  await expect(page.getByText(/main.*测试未通过/).first()).toBeVisible();
  await page.context().close();
  await house.cli(...main, ...secrets('APP', 'CONTACTS'));
  await house.cli('connection', 'test', 'main');
});
