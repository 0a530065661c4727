/** What people do, as they would tell it; clicks are counted where the issue promises a number. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { users } from './house.mjs';
import { type Watched, enter, expect, password, test, violations, watch } from './support.ts';

test.describe.configure({ mode: 'serial' });

/** Opens the plan of the run whose removals were held; what other stories left waiting stands beside it. */
async function openHeld(page: Watched) {
  const held = page.getByRole('row').filter({ hasText: 'hr_import #' });
  await held.getByRole('link', { name: '查看变更预览' }).click();
}

test('从登录页登录：密码不对时说明原因，填写的内容还在', async ({ browser, house }) => {
  const page = watch(await (await browser.newContext({ locale: 'zh-CN', reducedMotion: 'reduce' })).newPage(), house);
  await page.goto(`${house.url}/w/default/runs`);
  await page.getByLabel('账号').fill('lin.hai');
  await page.getByLabel('密码').fill('not this one');
  await page.getByRole('button', { name: '登录' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await expect(page.getByLabel('账号')).toHaveValue('lin.hai');
  await page.getByLabel('密码').fill(password);
  await page.getByRole('button', { name: '登录' }).click();
  await expect(page.getByRole('heading', { level: 1, name: '运行记录' })).toBeVisible();
  await page.context().close();
});

test('一次性链接：新同事设置密码并进入', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.getByRole('link', { name: '登录账号' }).click();
  await page.getByRole('button', { name: '新建登录账号' }).click();
  const form = page.getByRole('dialog');
  await form.getByLabel('账号', { exact: true }).fill('he.qing');
  await form.getByLabel('显示名称').fill('何青');
  await form.getByRole('button', { name: '新建登录账号' }).click();
  const link = await page.getByRole('dialog', { name: '一次性链接' }).locator('code').textContent();
  const guest = watch(await (await browser.newContext({ locale: 'zh-CN', reducedMotion: 'reduce' })).newPage(), house);
  await guest.goto(link ?? '');
  await expect(guest.getByRole('heading', { name: '欢迎使用 idflow' })).toBeVisible();
  expect(await violations(guest)).toEqual([]);
  await guest.getByLabel('新密码').fill('short');
  await guest.getByRole('button', { name: '进入' }).click();
  await expect(guest.getByRole('alert')).toBeVisible();
  await guest.getByLabel('新密码').fill(password);
  await guest.getByRole('button', { name: '进入' }).click();
  await expect(guest.getByRole('heading', { level: 1, name: '概览' })).toBeVisible();
  await expect(guest.getByRole('link', { name: '审计日志' })).toHaveCount(0);
  await guest.context().close();
  await page.context().close();
});

test('从概览三次点击以内找到失败的人，改正来源，重试成功', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  let clicks = 0;
  const click = async (name: string | RegExp) => {
    clicks += 1;
    await page.getByRole('main').getByRole('link', { name }).first().click();
  };
  await click('杨敏');
  const drawer = page.getByRole('dialog');
  await expect(drawer.getByText('手机号和邮箱都没有')).toBeVisible();
  expect(clicks).toBeLessThanOrEqual(3);
  await page.keyboard.press('Escape');
  await page.goto(page.url().replace(/\?.*/, '?tab=items&outcome=failed'));
  await page.getByRole('grid').getByText('陈静').click();
  await expect(drawer.getByText('60104', { exact: true })).toBeVisible();
  await expect(drawer.getByText('mobile existed', { exact: false })).toBeVisible();
  await page.keyboard.press('Escape');

  await house.faults([]);
  await page.getByRole('button', { name: '重试失败的 2 项' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '重试失败的 2 项' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'downstream 第 2 次运行' })).toBeVisible();
  await expect(page.getByRole('status')).toContainText('部分完成', { timeout: 30_000 });
  await page.getByRole('link', { name: '已新建 1 人' }).first().click();
  await expect(page).toHaveURL(/kind=user&outcome=created/);
  await expect(page.getByRole('grid').getByText('陈静')).toBeVisible();
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

test('只能看的人什么都改不了，并看得到原因', async ({ browser, house }) => {
  const page = await enter(browser, house, 'zhou.kai');
  await page.getByRole('link', { name: '审批', exact: true }).click();
  await openHeld(page);
  const approve = page.getByRole('button', { name: '批准这 14 项' });
  await expect(approve).toHaveAttribute('aria-disabled', 'true');
  await approve.hover();
  await expect(page.getByRole('tooltip')).toContainText('审批');
  await approve.click({ force: true });
  await expect(page.getByRole('dialog')).toHaveCount(0);
  for (const hidden of ['审计日志', '租户']) await expect(page.getByRole('link', { name: hidden })).toHaveCount(0);
  const status = await page.evaluate(async () => {
    const me = (await (await fetch('/api/v1/session')).json()) as { csrf: string };
    const answer = await fetch('/api/v1/store/prune', {
      method: 'POST',
      headers: { 'X-Idflow-Csrf': me.csrf, 'Content-Type': 'application/json' },
      body: '{}',
    });
    return answer.status;
  });
  expect(status).toBe(403);
  await page.context().close();
});

test('另一个人核对来源，批准待审批的 14 项移除', async ({ browser, house }) => {
  const page = await enter(browser, house, 'wang.min');
  await page.getByRole('link', { name: /待审批的运行/ }).click();
  await openHeld(page);
  const approve = page.getByRole('button', { name: '批准这 14 项' });
  await expect(approve).toHaveAttribute('aria-disabled', 'true');
  // Why not is told without a mouse, too.
  await expect(approve).toHaveAccessibleDescription('请先核对并勾选');
  await expect(page.getByText('核对来源并在下面勾选后，按钮才会批准这份预演').first()).toBeVisible();
  await page.getByRole('checkbox', { name: '我已核对来源，数据是对的' }).check();
  await approve.click();
  const sure = page.getByRole('dialog');
  await expect(sure.getByRole('button', { name: '批准这 14 项' })).toBeDisabled();
  await sure.getByRole('textbox').fill('14');
  await sure.getByRole('button', { name: '批准这 14 项' }).click();
  await expect(page.getByRole('status')).toContainText('成功', { timeout: 30_000 });
  await page.getByRole('tab', { name: '详情' }).click();
  await expect(page.getByText('由 wang.min 批准')).toBeVisible();
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

test('会话中途结束：在原页面重新登录，筛选还在', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.goto(`${house.url}/w/default/people?find=p0007`);
  await expect(page.getByRole('link', { name: '黄军' })).toBeVisible();
  await page.context().clearCookies();
  await page.getByRole('searchbox', { name: '姓名、拼音、账号、工号' }).fill('p0008');
  const again = page.getByRole('dialog', { name: '登录已结束，请重新登录' });
  await again.getByLabel('账号').fill('lin.hai');
  await again.getByLabel('密码').fill(password);
  await again.getByRole('button', { name: '登录' }).click();
  await expect(page.getByRole('link', { name: '周伟' })).toBeVisible();
  await expect(page.getByRole('searchbox', { name: '姓名、拼音、账号、工号' })).toHaveValue('p0008');
  await page.context().close();
});

test('改正花名册后再导入、再同步：成功，并看得到为什么', async ({ browser, house }) => {
  writeFileSync(
    join(house.hr, 'users.csv'),
    users((n) => n > 50, true),
  );
  await house.cli('run', 'hr_import', '--wait', '--input', 'folder=hr');
  await house.cli('run', 'downstream', '--wait');
  // Fourteen people fewer than last time: somebody looks at the source here, too.
  await house.cli('runs', 'approve', 'downstream#3', '--source-checked');
  const page = await enter(browser, house, 'lin.hai');
  await page.getByRole('link', { name: '运行记录' }).click();
  await page.getByRole('link', { name: 'downstream #3' }).click();
  await expect(page.getByRole('status')).toContainText('成功', { timeout: 30_000 });
  await page.getByRole('link', { name: '用户管理' }).click();
  await page.getByRole('searchbox', { name: '姓名、拼音、账号、工号' }).fill('yangmin');
  await page.waitForURL(/find=yangmin/);
  await page.getByRole('row', { name: /p0005/ }).getByRole('link').click();
  const drawer = page.getByRole('dialog');
  await expect(drawer.getByText('154****0005', { exact: true }).first()).toBeVisible();
  await expect(drawer.getByText('为什么是这样')).toBeVisible();
  await expect(drawer.getByRole('link', { name: /downstream #/ }).first()).toBeVisible();
  await drawer.getByRole('button', { name: '显示完整值' }).click();
  // In the field, and in the timeline of what changed.
  await expect(drawer.getByText('15400000005', { exact: true })).toHaveCount(2);
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: '审计日志' }).click();
  await expect(page.getByText('查看完整值').first()).toBeVisible();
  await page.getByRole('button', { name: '验证完整性' }).click();
  await expect(page.getByText(/条记录完整/)).toBeVisible();
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

test('一项明细没有读到：说明原因，可以再试；没有的明细也会说明', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  // The newest may have found nothing to do, and what is unchanged has no row.
  const { run, row } = await page.evaluate(async () => {
    const answer = await fetch('/api/v1/runs?workflow=downstream&mode=apply&limit=50');
    for (const one of ((await answer.json()) as { items: { run: string }[] }).items) {
      const first = await fetch(`/api/v1/runs/${one.run}/items?limit=200`);
      const items = ((await first.json()) as { items: { row?: number }[] }).items;
      const item = items.find((each) => each.row !== undefined);
      if (item) return { run: one.run, row: item.row ?? 0 };
    }
    return { run: '', row: 0 };
  });
  const asked = new RegExp(`/items\\?from=${row}&limit=1`);
  await page.route(asked, (route) => route.abort());
  await page.goto(`${house.url}/w/default/runs/${run}?tab=items&item=${row}`);
  const drawer = page.getByRole('dialog');
  await expect(drawer.getByText('连不上服务器')).toBeVisible();
  await page.unroute(asked);
  await drawer.getByRole('button', { name: '再试一次' }).click();
  await expect(drawer).toContainText('读取来源');
  await expect(drawer.getByText('连不上服务器')).toHaveCount(0);
  await page.goto(`${house.url}/w/default/runs/${run}?tab=items&item=999999`);
  await expect(drawer.getByText('这次运行没有这一项明细')).toBeVisible();
  await page.context().close();
});
