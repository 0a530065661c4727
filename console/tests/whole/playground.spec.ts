/** A workflow is tried on the simulator inside the product, also while it goes wrong. */
import { enter, expect, test, violations } from './support.ts';

test('模拟器：启动，看到调用，设置故障，停止', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.getByRole('link', { name: '模拟器', exact: true }).click();
  await page.getByRole('radio', { name: /100 名虚构成员/ }).check();
  await page.getByRole('button', { name: '启动模拟器' }).click();
  await expect(page.getByText('还没有收到调用', { exact: false })).toBeVisible();
  expect(await violations(page)).toEqual([]);
  const tryOut = async () => {
    await page.goto(`${house.url}/w/default/connections/playground`);
    // Leaving the page takes a request along that is still on its way.
    const tested = page.waitForResponse(/\/connections\/playground\/test/);
    await page.getByRole('button', { name: '测试连接' }).click();
    await tested;
  };
  await tryOut();
  await page.goto(`${house.url}/w/default/playground`);
  await expect(page.getByRole('row', { name: /\/cgi-bin\/gettoken.*成功/ }).first()).toBeVisible();
  await page.getByRole('button', { name: '添加故障' }).click();
  await page.getByRole('button', { name: '应用', exact: true }).click();
  await expect(page.getByText('从下一次调用起生效')).toBeVisible();
  await tryOut();
  await page.goto(`${house.url}/w/default/playground`);
  await expect(page.getByRole('row', { name: /60020.*故障规则/ }).first()).toBeVisible();
  await page.getByRole('button', { name: '停止' }).click();
  await page.getByRole('dialog', { name: '停止' }).getByRole('button', { name: '停止' }).click();
  await expect(page.getByText('模拟器没有运行', { exact: true })).toBeVisible();
  expect(page.complaints).toEqual([]);
  await page.context().close();
});
