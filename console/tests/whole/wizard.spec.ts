/** From the sign-in to the finished downstream run by the template's wizard, in a house without a connection or workflow. */
import type { Locator } from '@playwright/test';

import { openHouse, openOwn, password } from './house.mjs';
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
    await click('button', /^启用并执行这 \d+ 项$/);
    await expect(page.getByRole('heading', { level: 1, name: /运行/ })).toBeVisible();
    await expect(
      page
        .getByRole('main')
        .getByText(/成功|部分完成/)
        .first(),
    ).toBeVisible({ timeout: 60_000 });
    expect(clicks).toBeLessThanOrEqual(8);
    // The template once more: what is live keeps its text and its schedule, and another id is proposed.
    await page.goto(`${house.url}/w/default/templates/wecom_downstream_full`);
    const id = page.getByLabel('工作流标识');
    await expect(id).toHaveValue('wecom_downstream_full_2');
    const next = page.getByRole('button', { name: '下一步' });
    for (const refused of ['wecom_downstream_full', 'acme downstream!']) {
      await id.fill(refused);
      await expect(next).toHaveAttribute('aria-disabled', 'true');
    }
    await id.fill('second');
    // A button that waits for what is being saved takes no click.
    const onwards = async (shown: Locator) => {
      await expect(next).not.toHaveAttribute('aria-disabled', 'true');
      await next.click();
      await expect(shown).toBeVisible();
    };
    await onwards(page.getByRole('radio', { name: /整个目录/ }));
    await onwards(page.getByRole('table', { name: '写入 wecom/user' }));
    await onwards(page.getByRole('radio', { name: '手动' }));
    await onwards(page.getByRole('region', { name: '将要启用' }));
    await expect(page.getByRole('region', { name: '将要启用' })).toContainText('second');
    expect(await house.cli('workflow', 'show', 'wecom_downstream_full')).not.toContain('second');
    expect(page.complaints).toEqual([]);
  } finally {
    house.close();
  }
});

function member(n: number, name: string) {
  return {
    userid: `wx${n}`,
    name,
    department: [1],
    order: [0],
    is_leader_in_dept: [0],
    main_department: 1,
    status: 1,
  };
}

/** A house whose directory is filled, and whose company has members by the names of some of them. */
async function furnished(house: Awaited<ReturnType<typeof openHouse>>): Promise<void> {
  const company = {
    corpid: 'wwsim0000000000001',
    name: '示例公司',
    contacts: { secret: 'sim-contacts-secret' },
    apps: [{ agentid: 1000002, name: '通讯录同步助手', secret: 'sim-app-secret', visible: { departments: [1] } }],
    departments: [],
    // Somebody has each of these names, and nothing says whether it is the same person.
    users: ['李娜', '王芳', '周洋'].map((name, n) => member(n + 1, name)),
  };
  await fetch(`${house.admin}/state`, { method: 'PUT', body: JSON.stringify({ corps: [company] }) });
  await fetch(`${house.origin}/api/v1/session/redeem`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ code: house.code, name: 'lin.hai', password }),
  });
  await house.cli('directory', 'import', 'hr', '--yes');
  const set = ['corp_id=wwsim0000000000001', 'agent_id=1000002', `base_url=${house.simUrl}`];
  const secrets = ['contacts_secret=env:CONTACTS', 'app_secret=env:APP'];
  const given = [...set.flatMap((one) => ['--set', one]), ...secrets.flatMap((one) => ['--secret', one])];
  await house.cli('connection', 'add', 'wecom', '--name', 'main', ...given);
}

test('紧接着按下一步也保存刚输入的内容，最后一屏说明何时运行、哪些会在旁边新建', async ({ browser }) => {
  const house = await openHouse();
  try {
    await furnished(house);
    const page = await enter(browser, house, 'lin.hai');
    // A slow line: what is typed is still on its way when the button is pressed.
    await page.route('**/api/v1/**/{edit,drafts}', async (route) => {
      await new Promise((go) => {
        setTimeout(go, 1_500);
      });
      await route.continue();
    });
    await page.goto(`${house.url}/w/default/templates/wecom_downstream_full`);
    await page.getByLabel('工作流标识').fill('mine');
    await page.getByRole('button', { name: '下一步' }).click();
    await expect(page.getByRole('radio', { name: /整个目录/ })).toBeChecked();
    await page.getByRole('button', { name: '下一步' }).click();
    await expect(page.getByRole('table', { name: '写入 wecom/user' })).toBeVisible();
    await page.getByRole('button', { name: '下一步' }).click();
    await page.getByRole('radio', { name: '自定义 cron' }).click();
    await page.getByLabel('cron 表达式').fill('15 7 * * 1-5');
    await expect(page.getByText('每周一至周五 07:15')).toBeVisible();
    await page.getByRole('button', { name: '下一步' }).click();
    await expect(page.getByRole('button', { name: /^启用并执行这 \d+ 项$/ })).toBeVisible();
    const facts = page.getByRole('region', { name: '将要启用' });
    await expect(facts).toContainText('每周一至周五 07:15');
    await expect(facts).toContainText('mine');
    // Members that have the names of people: what that means, by name, and not as a limit.
    const beside = page.getByRole('alert').filter({ hasText: 'adopt_beside' });
    await expect(beside).toContainText('李娜');
    await expect(beside).toHaveClass(/ant-alert-warning/);
    await expect(page.getByText('按下按钮即确认首次绑定')).toBeVisible();
    await expect(page.getByRole('alert').filter({ hasText: '与来源相像' })).not.toContainText('超过上限');
    await expect(page.getByRole('table', { name: '上限与来源检查' })).not.toContainText('adopt');
    await page.getByRole('button', { name: '只启用' }).click();
    await expect(page.getByRole('heading', { level: 1, name: '企业微信下游全量同步' })).toBeVisible();
    expect(await house.cli('workflow', 'show', 'mine')).toContain('15 7 * * 1-5');
    // The same in the editor: the press that leaves a field saves what stands in it.
    await page
      .getByRole('region', { name: '流程图' })
      .getByRole('button', { name: /创建用户/ })
      .click();
    await page.getByLabel('中文名称').fill('新建同事');
    // One press does both: it leaves the field, and it is of a button that only then has something to save.
    await page.getByRole('button', { name: '保存新版本' }).click({ force: true });
    await expect(page.getByText(/^已保存/)).toBeVisible();
    expect(await house.cli('workflow', 'show', 'mine')).toContain('新建同事');
    expect(page.complaints).toEqual([]);
  } finally {
    house.close();
  }
});

test('同步范围：选了“只同步选中的部门”而一个都没有选，不会带着整个目录往下走', async ({ browser }) => {
  const house = await openOwn('wecom_downstream_full');
  try {
    const page = await enter(browser, house, 'lin.hai');
    await page.goto(`${house.url}/w/default/templates/wecom_downstream_full?step=scope`);
    await page.getByRole('radio', { name: /只同步选中的部门/ }).check();
    const next = page.getByRole('button', { name: '下一步' });
    await expect(next).toHaveAttribute('aria-disabled', 'true');
    await next.click({ force: true });
    await expect(page.getByRole('table', { name: '写入 wecom/user' })).toHaveCount(0);
    await page
      .getByRole('treeitem', { name: /示例公司/ })
      .locator('.ant-tree-checkbox')
      .first()
      .click();
    await expect(next).toHaveAttribute('aria-disabled', 'false');
    await next.click();
    await expect(page.getByRole('table', { name: '写入 wecom/user' })).toBeVisible();
    await page.goBack();
    await expect(page.getByRole('radio', { name: /只同步选中的部门/ })).toBeChecked();
    expect(page.complaints).toEqual([]);
  } finally {
    house.close();
  }
});
