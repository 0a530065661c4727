/** From the sign-in to the finished downstream run by the template's wizard, in a house without a connection or workflow. */
import { openHouse, password } from './house.mjs';
import { enter, expect, test } from './support.ts';

test.setTimeout(240_000);

test('使用模板创建：从登录到运行结束不超过 8 次点击，草稿刷新后还在', async ({ browser }) => {
  const house = await openHouse();
  try {
    await fetch(`${house.origin}/api/v1/session/redeem`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ code: house.code, name: 'lin.hai', password }),
    });
    await house.cli('directory', 'import', 'hr', '--yes');
    const page = await enter(browser, house, 'lin.hai');
    let clicks = 1; // 登录
    const click = async (role: 'link' | 'button', name: string | RegExp) => {
      clicks += 1;
      await page.getByRole(role, { name }).first().click();
    };
    await click('link', '模板库');
    await click('link', '使用模板创建 企业微信下游全量同步');
    // The connection is added in place: four fields, and the address of the simulator, which nobody has in real life.
    await page.getByLabel('企业ID').fill('wwsim0000000000001');
    await page.getByLabel('AgentId').fill('1000002');
    await page.getByLabel('应用 Secret').fill('sim-app-secret');
    await page.getByLabel('通讯录同步 Secret').fill('sim-contacts-secret');
    await page.getByText('更多设置（通常不用改）').click();
    await page.getByLabel('接口地址').fill(house.simUrl);
    await click('button', '测试并保存');
    await expect(page.getByRole('radio', { name: /整个目录/ })).toBeChecked();
    await page.reload();
    await expect(page.getByRole('radio', { name: /整个目录/ })).toBeChecked({ timeout: 60_000 });
    await click('button', '下一步');
    await expect(page.getByRole('table', { name: '写入 wecom/user' })).toBeVisible();
    await click('button', '下一步');
    await expect(page.getByRole('radio', { name: '手动' })).toBeChecked();
    await click('button', '下一步');
    await click('button', /^激活并执行这 \d+ 项$/);
    await expect(page.getByRole('heading', { level: 1, name: /运行/ })).toBeVisible();
    await expect(
      page
        .getByRole('main')
        .getByText(/成功|部分完成/)
        .first(),
    ).toBeVisible({ timeout: 60_000 });
    expect(clicks).toBeLessThanOrEqual(8);
    expect(page.complaints).toEqual([]);
  } finally {
    house.close();
  }
});
