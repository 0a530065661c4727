/** What people do in a long day: by hand, by keyboard, in two tenants and two languages, over a restart and an ended session. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { users } from './house.mjs';
import { type Watched, enter, expect, password, test } from './support.ts';

/** A write as a script would send it, whatever the buttons say. */
function post(page: Watched, path: string, body: object): Promise<number> {
  return page.evaluate(
    async ([to, text]) => {
      const me = (await (await fetch('/api/v1/session')).json()) as { csrf: string };
      const answer = await fetch(`/api/v1${to}`, {
        method: 'POST',
        headers: { 'X-Idflow-Csrf': me.csrf, 'Content-Type': 'application/json' },
        body: text ?? '',
      });
      return answer.status;
    },
    [path, JSON.stringify(body)],
  );
}

test('手工维护：新建部门和人员，按拼音首字母查找，修改、调整部门、禁用；来源填写的字段改不了', async ({
  browser,
  house,
}) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.getByRole('link', { name: '用户管理' }).click();
  await page.getByRole('button', { name: '新建部门' }).click();
  const form = page.getByRole('dialog', { name: '新建部门' });
  await form.getByLabel('姓名').fill('外部顾问');
  await form.getByRole('button', { name: '新建', exact: true }).click();
  const drawer = page.getByRole('dialog').filter({ hasText: '时间线' });
  await expect(drawer.getByText('外部顾问').first()).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('tree').getByText('外部顾问').click();

  await page.getByRole('button', { name: '新建人员' }).click();
  const person = page.getByRole('dialog', { name: '新建人员' });
  await person.getByLabel('姓名').fill('许诺');
  await person.getByLabel('账号').fill('xu.nuo');
  await person.getByLabel('手机号').fill('12');
  await person.getByRole('button', { name: '新建', exact: true }).click();
  await expect(person.getByRole('alert')).toContainText('手机号');
  await person.getByLabel('手机号').fill('15500000001');
  await person.getByRole('button', { name: '新建', exact: true }).click();
  await expect(drawer.getByRole('row', { name: /所属部门/ })).toContainText('/外部顾问');
  await drawer.getByRole('button', { name: '编辑' }).click();
  const edit = page.getByRole('dialog', { name: '编辑 许诺' });
  await edit.getByLabel('职务').fill('顾问');
  const managers = edit.getByRole('combobox', { name: '直属上级' });
  await managers.fill('p0006');
  await page.locator('.ant-select-item-option').filter({ hasText: 'p0006' }).click();
  await edit.getByRole('combobox', { name: '担任负责人的部门' }).click();
  await page.locator('.ant-select-item-option').filter({ hasText: '/外部顾问' }).click();
  await edit.getByRole('button', { name: '添加一项' }).click();
  await edit.getByLabel('自定义字段 1 的名称').fill('工位');
  await edit.getByLabel('自定义字段 1 的值').fill('A-12');
  await edit.getByRole('button', { name: '保存' }).click();
  await expect(drawer.getByRole('row', { name: /职务/ })).toContainText('顾问');
  await expect(drawer.getByRole('row', { name: /职务/ })).toContainText('lin.hai 手工填写');
  await expect(drawer.getByRole('row', { name: /直属上级/ })).toContainText('赵磊');
  await expect(drawer.getByRole('row', { name: /所属部门/ })).toContainText('负责人');
  await expect(drawer.getByRole('row', { name: /自定义字段/ })).toContainText('工位: A-12');
  await expect(drawer.getByRole('insertion').filter({ hasText: /^顾问$/ })).toBeVisible();
  // What happened is told by names, not by ids.
  await expect(drawer.getByRole('insertion').filter({ hasText: '/外部顾问（负责人）' })).toBeVisible();
  await drawer.getByRole('button', { name: '禁用' }).click();
  await page.getByRole('dialog', { name: '禁用' }).getByRole('button', { name: '禁用' }).click();
  await expect(drawer.getByText('禁用').first()).toBeVisible();
  await expect(drawer.getByRole('button', { name: '启用' })).toBeVisible();
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: '清除筛选' }).click();
  const search = page.getByRole('searchbox', { name: '姓名、拼音、账号、工号' });
  for (const words of ['xn', 'xunuo', '许诺', 'xu.nuo']) {
    await search.fill(words);
    await expect(page.getByRole('row', { name: /xu\.nuo/ })).toContainText('禁用');
  }
  await search.fill('0006');
  await page.getByRole('row', { name: /p0006/ }).getByRole('link').click();
  await expect(drawer.getByRole('row', { name: /手机号/ })).toContainText('CSV');
  const disable = drawer.getByRole('button', { name: '禁用' });
  await expect(disable).toHaveAttribute('aria-disabled', 'true');
  await disable.hover();
  await expect(page.getByRole('tooltip')).toContainText('请在它的来源里修改');
  expect(page.complaints.filter((text) => !text.includes('422'))).toEqual([]);
  await page.context().close();
});

test('批量：选中的人一起调整部门，数量写在按钮上', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  // The story before made it, if it went well; this one stands by itself.
  const tree = await page.evaluate(async () =>
    (await fetch('/api/v1/directory/objects?kind=department&limit=500')).text(),
  );
  if (!tree.includes('外部顾问')) {
    expect(await post(page, '/directory/objects', { kind: 'department', fields: { name: '外部顾问' } })).toBe(200);
  }
  for (const n of [1, 2]) {
    const fields = { name: `顾问${n}`, username: `gu.wen${n}`, departments: ['/外部顾问'] };
    expect(await post(page, '/directory/objects', { kind: 'user', fields })).toBe(200);
  }
  await page.goto(`${house.url}/w/default/people?find=gu.wen`);
  await page
    .getByRole('checkbox', { name: 'Select all' })
    .or(page.getByRole('columnheader').getByRole('checkbox'))
    .first()
    .check();
  await page.getByRole('button', { name: '调整这 2 人的部门' }).click();
  const form = page.getByRole('dialog', { name: '调整这 2 人的部门' });
  await form.getByRole('combobox').click();
  await page.getByRole('tree').last().getByText('运营部').click();
  await page.keyboard.press('Escape');
  await form.getByRole('button', { name: '调整部门' }).click();
  await expect(form).toBeHidden();
  await page.getByRole('link', { name: '顾问1' }).click();
  await expect(page.getByRole('dialog').getByRole('row', { name: /所属部门/ })).toContainText('/示例公司/运营部');
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

test('查看者在任何页面都改不了，服务器也拒绝', async ({ browser, house }) => {
  const page = await enter(browser, house, 'zhou.kai');
  const run = await page.evaluate(async () => {
    const answer = (await (await fetch('/api/v1/runs')).json()) as { items: { run: string }[] };
    return answer.items[0]?.run ?? '';
  });
  const paths = ['workflows/downstream', 'connections/main', `runs/${run}`, 'people', 'approvals', 'matching', 'links'];
  for (const path of paths) {
    await page.goto(`${house.url}/w/default/${path}`);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await expect(page.locator('.ant-skeleton-active')).toHaveCount(0);
    // A button that does something says whether it may; those of a viewer may not.
    const open = page.getByRole('main').locator('button[aria-disabled="false"]');
    expect(await open.allTextContents(), path).toEqual([]);
  }
  for (const [path, body] of [
    ['/workflows', { text: 'dsl: 1', id: 'mine', connections: [] }],
    ['/workflows/downstream/runs', {}],
    ['/workflows/downstream/pause', {}],
    ['/connections', { name: 'x', connector: 'wecom', settings: {}, secrets: {} }],
    ['/directory/objects', { kind: 'user', fields: { name: 'x' } }],
    [`/runs/${run}/retry`, {}],
    ['/templates/wecom_downstream_full/drafts', { edits: [], connections: [] }],
    ['/accounts', { name: 'x', roles: [] }],
  ] as const) {
    expect(await post(page, path, body), path).toBe(403);
  }
  await page.context().close();
});

test('两个租户：各看各的，地址里的租户说了算', async ({ browser, house }) => {
  await house.cli('tenant', 'create', 'east', '--name', '东区');
  await house.cli('account', 'role', 'lin.hai', 'viewer', '--tenant', 'east');
  const page = await enter(browser, house, 'lin.hai');
  const run = await page.evaluate(async () => {
    const answer = (await (await fetch('/api/v1/runs')).json()) as { items: { run: string }[] };
    return answer.items[0]?.run ?? '';
  });
  await page.getByRole('combobox', { name: '租户' }).click();
  await page.locator('.ant-select-item-option', { hasText: 'east' }).click();
  await page.waitForURL(/\/w\/east/);
  // The address comes first, and the menu leads there with the next picture.
  const workflows = page.getByRole('link', { name: '工作流', exact: true });
  await expect(workflows).toHaveAttribute('href', /\/w\/east/);
  /** Before a page is there, nobody stands on it. */
  const filled = async (heading: string) => {
    await expect(page.getByRole('heading', { level: 1, name: heading, exact: true })).toBeVisible();
    await expect(page.locator('.ant-skeleton-active')).toHaveCount(0);
  };
  await workflows.click();
  await filled('工作流');
  await expect(page.getByText('downstream')).toHaveCount(0);
  await page.getByRole('link', { name: '用户管理' }).click();
  await filled('用户管理');
  await expect(page.getByText('张娜')).toHaveCount(0);
  page.complaints.length = 0;
  await page.goto(`${house.url}/w/east/runs/${run}`);
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(page.getByRole('grid')).toHaveCount(0);
  // The refusal of the other tenant's run is the only thing that went wrong.
  expect(page.complaints.filter((text) => !text.includes('404'))).toEqual([]);
  await page.context().close();
});

test('向导进行到一半会话结束：原地登录继续，换一个浏览器草稿还在', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  const at = `${house.url}/w/default/templates/wecom_downstream_full?step=scope`;
  await page.goto(at);
  await page.getByRole('radio', { name: '只同步选中的部门（含下级）' }).click();
  await page.getByRole('treeitem', { name: '销售部' }).locator('.ant-tree-checkbox').click();
  await expect(page.getByText(/已选 1 个部门/)).toBeVisible();
  await expect(page.getByText('草稿保存在服务器上', { exact: false })).toBeVisible();
  await page.context().clearCookies();
  // Whatever asks the server first opens the dialog, and it may be quicker than a click, which the dialog would cover.
  await page.getByRole('treeitem', { name: '运营部' }).locator('.ant-tree-checkbox').dispatchEvent('click');
  const again = page.getByRole('dialog', { name: '登录已结束，请重新登录' });
  await again.getByLabel('账号').fill('lin.hai');
  await again.getByLabel('密码').fill(password);
  await again.getByRole('button', { name: '登录' }).click();
  await expect(page.getByText(/已选 2 个部门/)).toBeVisible();
  await page.getByRole('button', { name: '下一步' }).click();
  await expect(page.getByRole('table', { name: '写入 wecom/user' })).toBeVisible();
  await page.context().close();

  const other = await enter(browser, house, 'lin.hai');
  await other.getByRole('link', { name: '模板库' }).click();
  await expect(other.getByText('有未完成的草稿')).toBeVisible();
  await other.goto(at);
  await expect(other.getByText(/已选 2 个部门/)).toBeVisible();
  await other.getByRole('button', { name: '重新开始' }).click();
  const sure = other.getByRole('dialog', { name: '重新开始' });
  await sure.getByRole('button', { name: '重新开始' }).click();
  // It stands there until the draft is gone; leaving the page would take the request along.
  await expect(sure).toBeHidden();
  await other.goto(at);
  await expect(other.getByRole('radio', { name: /整个目录/ })).toBeChecked();
  expect(other.complaints).toEqual([]);
  await other.context().close();
});

test('浏览器以为断网时，同一网络里的服务器照常可用', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.evaluate(() => dispatchEvent(new Event('offline')));
  await page.getByRole('link', { name: '运行记录' }).click();
  await expect(page.getByRole('row', { name: /downstream/ }).first()).toBeVisible();
  await page.context().close();
});

/** Chooses a language, until the account has it: leaving the page would take the request along. */
async function chooseLanguage(page: Watched, language: string): Promise<void> {
  const kept = page.waitForResponse(/\/session\/preferences$/);
  await page.getByRole('button', { name: language }).click();
  await kept;
}

test('两种语言：切换不刷新，填写的内容还在，刷新后仍是所选语言', async ({ browser, house }) => {
  const page = await enter(browser, house, 'wang.min');
  await page.getByRole('link', { name: '用户管理' }).click();
  await page.evaluate(() => Object.assign(globalThis, { same: true }));
  await page.getByRole('searchbox').fill('p0007');
  await chooseLanguage(page, 'English');
  await expect(page.getByRole('heading', { level: 1, name: 'People' })).toBeVisible();
  await expect(page.getByRole('searchbox')).toHaveValue('p0007');
  await expect(page.getByRole('row', { name: /p0007/ })).toContainText('Active');
  expect(await page.evaluate(() => (globalThis as unknown as { same?: boolean }).same)).toBe(true);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name: 'People' })).toBeVisible();
  await chooseLanguage(page, '中文');
  await expect(page.getByRole('heading', { level: 1, name: '用户管理' })).toBeVisible();
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

test('只用键盘：登录，到运行记录，打开一项，看完回到原来那一行', async ({ browser, house }) => {
  const context = await browser.newContext({ locale: 'zh-CN', timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce' });
  const page = await context.newPage();
  const keys = page.keyboard;
  await page.goto(house.url);
  await page.getByLabel('账号').waitFor();
  /** Tab until something has the focus, as a person without a mouse does. */
  const reach = async (wanted: RegExp) => {
    for (let turn = 0; turn < 80; turn += 1) {
      const name = await page.evaluate(() => {
        const now = document.activeElement;
        if (!(now instanceof HTMLElement) || !/^(A|BUTTON|INPUT)$/.test(now.tagName))
          return now?.getAttribute('role') ?? '';
        return now.getAttribute('aria-label') ?? now.textContent?.trim() ?? '';
      });
      if (wanted.test(name)) return;
      await keys.press('Tab');
    }
    throw new Error(`nothing like ${wanted} can be reached by Tab`);
  };
  await page.getByLabel('账号').focus();
  await keys.type('lin.hai');
  await keys.press('Tab');
  await keys.type(password);
  await keys.press('Enter');
  await page.waitForURL('**/w/default');
  await page.getByRole('heading', { level: 1, name: '概览' }).waitFor();
  await keys.press('g');
  await keys.press('r');
  await expect(page.getByRole('heading', { level: 1, name: '运行记录' })).toBeVisible();
  await page.getByRole('row', { name: /downstream #1/ }).waitFor();
  await reach(/^downstream #1$/);
  await keys.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'downstream 第 1 次运行' })).toBeVisible();
  await expect(page.getByRole('button', { name: /创建用户/ })).toBeVisible();
  await reach(/^创建用户/);
  await keys.press('Enter');
  const grid = page.getByRole('grid', { name: '明细' });
  await grid.locator('[data-row="0"]').waitFor();
  await reach(/^row$/);
  await keys.press('ArrowDown');
  await keys.press('ArrowDown');
  await expect(grid.locator('[data-row="2"]')).toBeFocused();
  await keys.press('Enter');
  await expect(page.getByRole('dialog')).toContainText('读取来源');
  await keys.press('Escape');
  await expect(grid.locator('[data-row="2"]')).toBeFocused();
  await context.close();
});

test('只用键盘：账号绑定、授权、模拟器、服务商和待审核人员', async ({ browser, house }) => {
  await house.cli('directory', 'person', 'add', 'kb01', '方宁', '--set', 'status=pending_review');
  const page = await enter(browser, house, 'lin.hai');
  const keys = page.keyboard;
  /** What has the focus is called so. */
  const named = () =>
    page.evaluate(() => {
      const now = document.activeElement;
      if (!(now instanceof HTMLElement) || now === document.body) return '';
      const label = now.id ? document.querySelector(`label[for="${CSS.escape(now.id)}"]`)?.textContent : '';
      return now.getAttribute('aria-label') ?? (label || now.closest('label')?.textContent || now.textContent) ?? '';
    });
  const reach = async (wanted: RegExp) => {
    for (let turn = 0; turn < 120; turn += 1) {
      if (wanted.test((await named()).trim())) return;
      await keys.press('Tab');
    }
    throw new Error(`nothing like ${wanted} can be reached by Tab`);
  };
  const open = async (path: string, heading: RegExp) => {
    await page.goto(`${house.url}/w/default${path}`);
    await page.getByRole('heading', { level: 1, name: heading }).waitFor();
    await expect(page.locator('.ant-skeleton-active')).toHaveCount(0);
  };
  await open('/matching', /账号绑定/);
  // What counts the tabs for readers stands before its name.
  await reach(/待决定$/);
  await keys.press('ArrowRight');
  await keys.press('Enter');
  await expect(page.getByRole('tab', { name: '已作的决定' })).toHaveAttribute('aria-selected', 'true');
  await open('/matching', /账号绑定/);
  await reach(/^查找姓名、标识$/);
  await reach(/^哪些$/);

  await open('/connections/main/integration?tab=consent', /对接信息/);
  await reach(/^查看会邀请多少人$/);
  await keys.press('Enter');
  await expect(page.getByText(/可以邀请的有 \d+ 人/)).toBeVisible();

  await open('/playground', /模拟器/);
  await reach(/没有成员/);
  await keys.press('ArrowDown');
  await expect(page.getByRole('radio', { name: /100 名虚构成员/ })).toBeChecked();
  await reach(/^启动模拟器$/);
  await keys.press('Enter');
  await expect(page.getByText('还没有收到调用', { exact: false })).toBeVisible();
  await reach(/^停止$/);
  await keys.press('Enter');
  // What is asked has the focus: its first button is the next one. Escape leaves it, and one is back where one was.
  await expect(page.getByRole('dialog', { name: '停止' })).toBeFocused();
  await keys.press('Escape');
  await expect(page.getByRole('main').getByRole('button', { name: '停止' })).toBeFocused();
  await keys.press('Enter');
  await keys.press('Tab');
  await keys.press('Enter');
  await expect(page.getByText('模拟器没有运行', { exact: true })).toBeVisible();

  await open('/providers', /服务商/);
  await reach(/服务商企业ID/);
  await reach(/^保存$/);

  await open('/review', /待审核人员/);
  const row = page.getByRole('row', { name: /方宁/ });
  await row.waitFor();
  await reach(/^姓名、拼音、账号、工号$/);
  await reach(/方宁/);
  await keys.press('Space');
  await expect(row.getByRole('checkbox')).toBeChecked();
  await reach(/^同意这 1 人$/);
  await keys.press('Enter');
  await keys.press('Tab');
  await keys.press('Enter');
  await expect(page.getByText('没有等待审核的人')).toBeVisible();
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

test('看着运行时服务器被杀掉又起来：页面自己接上，运行做完', async ({ browser, house }) => {
  const names = users(() => false, true);
  const more = Array.from({ length: 40 }, (_, n) => {
    const key = String(2001 + n);
    return `${key},p${key},新人${n},1550000${key},,工程师,OPS,0,0001,active`;
  });
  writeFileSync(join(house.hr, 'users.csv'), `${names}${more.join('\n')}\n`);
  await house.cli('run', 'hr_import', '--wait', '--input', 'folder=hr');
  await house.faults([{ path: '/cgi-bin/user/create', effect: { delay_ms: 8000 } }]);
  const page = await enter(browser, house, 'lin.hai');
  await page.goto(`${house.url}/w/default/workflows/downstream`);
  expect(await post(page, '/workflows/downstream/runs', {})).toBeLessThan(300);
  await page.goto(`${house.url}/w/default/runs?workflow=downstream`);
  await page
    .getByRole('main')
    .getByRole('link', { name: /downstream #/ })
    .first()
    .click();
  const graph = page.getByRole('region', { name: '步骤图' });
  await expect(graph.getByRole('button', { name: /创建用户/ })).toContainText(/已完成 \d+ \/ \d+/);
  await house.kill();
  await house.faults([]);
  await house.restart();
  await expect(page.getByRole('status').filter({ hasText: /成功|部分完成/ })).toBeVisible();
  await expect(graph.getByRole('button', { name: /创建用户/ })).toContainText(/已新建 \d+/);
  await page.context().close();
});
