/** From an empty folder to the people of WeCom: what the first person on a new installation does. */
import { openHouse, password } from './house.mjs';
import { expect, test, violations, watch } from './support.ts';

test.setTimeout(240_000);

/** A company of two departments and four members, as the simulator takes it. */
const company = {
  corps: [
    {
      corpid: 'wwsim0000000000001',
      name: '示例公司',
      contacts: { secret: 'sim-contacts-secret' },
      apps: [{ agentid: 1000002, name: '通讯录同步助手', secret: 'sim-app-secret', visible: { departments: [1] } }],
      departments: [
        { id: 2, name: '研发部', parentid: 1 },
        { id: 3, name: '销售部', parentid: 1 },
      ],
      users: ['张伟', '李娜', '王芳', '陈静'].map((name, n) => ({
        userid: `u${n}`,
        name,
        department: [2 + (n % 2)],
        order: [0],
        is_leader_in_dept: [0],
        main_department: 2 + (n % 2),
        status: 1,
      })),
    },
  ],
};

test('初始化：从登录到用户管理不超过 6 次点击、四个字段', async ({ browser }) => {
  const house = await openHouse();
  try {
    expect((await fetch(`${house.admin}/state`, { method: 'PUT', body: JSON.stringify(company) })).status).toBe(200);
    await fetch(`${house.origin}/api/v1/session/redeem`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ code: house.code, name: 'lin.hai', password }),
    });
    const page = watch(await (await browser.newContext({ locale: 'zh-CN', reducedMotion: 'reduce' })).newPage(), house);
    let clicks = 0;
    const click = async (role: 'link' | 'button', name: string | RegExp) => {
      clicks += 1;
      await page.getByRole(role, { name }).first().click();
    };
    await page.goto(house.url);
    await page.getByLabel('账号').fill('lin.hai');
    await page.getByLabel('密码').fill(password);
    await click('button', '登录');
    await expect(page.getByRole('heading', { level: 1, name: '初始化' })).toBeVisible();
    await expect(page.getByText('我的企业', { exact: false }).first()).toBeVisible();
    // Beside the four fields, the address of the simulator, which nobody has in real life.
    await page.getByText('更多设置（通常不用改）').click();
    await page.getByLabel('接口地址').fill(house.simUrl);
    await page.getByLabel('企业ID').fill('wwsim0000000000001');
    await page.getByLabel('AgentId').fill('1000002');
    await page.getByLabel('应用 Secret').fill('not-this-one');
    await page.getByLabel('通讯录同步 Secret').fill('sim-contacts-secret');
    await click('button', '下一步');
    await expect(page.getByText('还不能使用')).toBeVisible();
    expect(await violations(page)).toEqual([]);
    clicks -= 1; // The wrong secret was for the test.
    await page.getByRole('button', { name: '更换 应用 Secret' }).click();
    await page.getByLabel('应用 Secret').fill('sim-app-secret');
    await click('button', '下一步');
    await expect(page.getByRole('button', { name: /^开始同步这 \d+ 项$/ })).toBeVisible();
    await expect(page.getByText('4 人').first()).toBeVisible();
    expect(await violations(page)).toEqual([]);
    await page.reload();
    await click('button', /^开始同步这 \d+ 项$/);
    await expect(page.getByText('目录里现在有 4 人、3 个部门')).toBeVisible();
    expect(await violations(page)).toEqual([]);
    await click('link', '查看人员');
    await expect(page.getByRole('heading', { level: 1, name: '用户管理' })).toBeVisible();
    await expect(page.getByRole('link', { name: '张伟' })).toBeVisible();
    expect(clicks).toBeLessThanOrEqual(6);
    expect(page.complaints).toEqual([]);
    expect(await page.content()).not.toContain('sim-app-secret');
  } finally {
    house.close();
  }
});
