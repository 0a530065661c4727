/** How people sign in by WeCom: bound on the page, offered at the door, with a code in a browser and silently inside WeCom. */
import { type Browser } from '@playwright/test';

import { type House, enter, expect, test, violations } from './support.ts';

/** The agent of WeCom's own browser. */
const inWecom =
  'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/108 Safari/537.36 wxwork/4.1.30 MicroMessenger/7';

/** Makes the house's address the trusted domain of its application; the page of an administrator takes no address of this machine. */
async function trust(house: House): Promise<void> {
  const state = (await (await fetch(`${house.admin}/snapshot`)).json()) as {
    corps: { apps: { redirect_domain?: string }[] }[];
  };
  for (const app of state.corps[0]?.apps ?? []) app.redirect_domain = new URL(house.origin).host;
  const loaded = await fetch(`${house.admin}/state`, { method: 'PUT', body: JSON.stringify(state) });
  expect(loaded.status, await loaded.text()).toBe(200);
}

async function visitor(browser: Browser, userAgent?: string) {
  const context = await browser.newContext({
    locale: 'zh-CN',
    reducedMotion: 'reduce',
    ...(userAgent ? { userAgent } : {}),
  });
  return context.newPage();
}

test('扫码登录：绑定登录账号，登录页出现企业微信，扫码进入，在企业微信里免登，解除后不再提供', async ({
  browser,
  house,
}) => {
  await trust(house);
  const door = await visitor(browser);
  /** What else is offered at the door is known once the ways have been read. */
  const known = async (opens: () => Promise<unknown>) => {
    const ways = door.waitForResponse(/\/session\/ways/);
    await opens();
    await (await ways).finished();
    await expect(door.getByRole('button', { name: '登录', exact: true })).toBeVisible();
  };
  await known(() => door.goto(house.url));
  await expect(door.getByRole('link', { name: /企业微信/ })).toHaveCount(0);

  const page = await enter(browser, house, 'lin.hai');
  await page.getByRole('link', { name: '扫码登录', exact: true }).click();
  await page.getByRole('button', { name: '绑定登录账号' }).first().click();
  const form = page.getByRole('dialog', { name: '绑定登录账号' });
  await expect(form.getByLabel('成员的企业微信账号（userid）')).toBeVisible();
  expect(await violations(page)).toEqual([]);
  await form.getByLabel('登录账号').fill('wang');
  await page.locator('.ant-select-item-option').filter({ hasText: 'wang.min' }).click();
  await form.getByLabel('成员的企业微信账号（userid）').fill('p0006');
  await form.getByRole('button', { name: '绑定登录账号' }).click();
  await expect(page.getByRole('row', { name: /wang\.min.*p0006/ })).toBeVisible();

  // In a browser: the page of WeCom asks who is there, as a scanned code would say.
  await door.reload();
  const scan = door.getByRole('link', { name: /企业微信扫码登录/ });
  await expect(scan).toBeVisible();
  expect(await violations(door)).toEqual([]);
  await scan.click();
  await door.getByRole('link', { name: /p0006/ }).first().click();
  await door.waitForURL(`${house.origin}/**`);
  await door.goto(`${house.url}/w/default`);
  await expect(door.getByRole('button', { name: /王敏/ })).toBeVisible();

  // Inside WeCom nobody presses anything: WeCom knows who is there.
  await fetch(`${house.admin}/visitor`, {
    method: 'PUT',
    body: JSON.stringify({ corpid: 'wwsim0000000000001', visitor: { person: { member: 'p0006' } } }),
  });
  const inside = await visitor(browser, inWecom);
  await inside.goto(`${house.url}/w/default/runs`);
  // The page is there before and after the way to WeCom: whose it is tells when one is back.
  await expect(inside.getByRole('button', { name: /王敏/ })).toBeVisible({ timeout: 30_000 });
  expect(new URL(inside.url()).pathname).toBe('/w/default/runs');
  const me = await inside.evaluate(async () => (await fetch('/api/v1/session')).json() as Promise<{ actor: string }>);
  expect(me.actor).toBe('wang.min');

  // The page comes to the front again and reads its list anew meanwhile: a question that went away is asked again.
  await expect(async () => {
    const asked = page.getByRole('dialog', { name: '解除绑定' });
    if (!(await asked.isVisible())) await page.getByRole('button', { name: '解除绑定' }).click({ timeout: 5_000 });
    await asked.getByRole('button', { name: '解除绑定' }).click({ timeout: 5_000 });
    await expect(page.getByText('还没有绑定任何人', { exact: false })).toBeVisible({ timeout: 10_000 });
  }).toPass({ timeout: 90_000 });
  await known(() => door.reload());
  await expect(door.getByRole('link', { name: /企业微信/ })).toHaveCount(0);
  await fetch(`${house.admin}/visitor`, {
    method: 'PUT',
    body: JSON.stringify({ corpid: 'wwsim0000000000001', visitor: null }),
  });
  expect(page.complaints).toEqual([]);
  for (const one of [door, inside, page]) await one.context().close();
});

test('对接信息：OAuth2 登录地址、工作台入口和官方文档在登录与授权页', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.goto(`${house.url}/w/default/connections/main/integration?tab=consent`);
  await expect(page.getByText(/\/oauth\/wecom\/\w+\/start$/).first()).toBeVisible();
  await page.getByRole('combobox', { name: '登录后打开的页面' }).click();
  await page.locator('.ant-select-item-option').filter({ hasText: '审批' }).click();
  await expect(page.locator('.ant-select-dropdown:visible')).toHaveCount(0);
  await expect(page.getByText(/\/oauth\/wecom\/\w+\/start\?to=%2Fw%2Fdefault%2Fapprovals$/)).toBeVisible();
  await expect(page.getByRole('link', { name: '企业微信文档：网页授权（OAuth2）' })).toBeVisible();
  await page.getByRole('button', { name: '查看会邀请多少人' }).click();
  await expect(page.getByText(/手机号未知、可以邀请的有 \d+ 人/)).toBeVisible();
  expect(await violations(page)).toEqual([]);
  expect(page.complaints).toEqual([]);
  await page.context().close();
});
