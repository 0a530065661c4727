/** Two people at the same thing: the second is told, loses nothing of what was typed, and undoes nothing of what the first has done. */
// oxlint-disable-next-line import/namespace -- plain JavaScript, so that it also runs by itself
import { openOwn } from './house.mjs';
import { type House, type Watched, enter, expect, test } from './support.ts';
// oxlint-disable-next-line import/namespace -- plain JavaScript, as the house
import { workbook } from './workbook.mjs';

// What is changed here is no business of the stories that share a house.
let house: House;
test.beforeAll(async () => {
  house = await openOwn('wecom_downstream_full');
});
test.afterAll(() => house.close());

/** What somebody else does meanwhile, in the same session. */
function meanwhile(page: Watched, method: string, path: string, body: object): Promise<number> {
  return page.evaluate(
    async ([how = '', to = '', text = '']) => {
      const me = (await (await fetch('/api/v1/session')).json()) as { csrf: string };
      const headers = { 'X-Idflow-Csrf': me.csrf, 'Content-Type': 'application/json' };
      return (await fetch(`/api/v1${to}`, { method: how, headers, body: text })).status;
    },
    [method, path, JSON.stringify(body)],
  );
}

function look<T>(page: Watched, path: string): Promise<T> {
  return page.evaluate(async (to) => (await fetch(`/api/v1${to}`)).json() as Promise<T>, path);
}

const told = '有别人改动了它';
const anew = '重新读取，保留已填写的内容';
/** What is refused on purpose is no complaint. */
const unwanted = ({ complaints }: Watched) => complaints.filter((one) => !one.includes('412'));

test('两人同时修改一个账号连接：后保存的被告知，只送出自己填写的，不撤销别人的改动', async ({ browser }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.goto(`${house.url}/w/default/connections/main`);
  const timeout = page.locator('#setting-timeout_ms');
  if (!(await timeout.isVisible())) await page.getByText('更多设置（通常不用改）').click();
  await timeout.fill('20000');
  const other = { settings: { direct_leaders: '2' }, secrets: {} };
  expect(await meanwhile(page, 'PATCH', '/connections/main', other)).toBe(200);
  // The news of it arrives, and changes nothing of what is being edited.
  const save = page.getByRole('button', { name: '保存', exact: true });
  await save.click();
  const asked = page.getByRole('dialog', { name: '保存' });
  await expect(asked.getByText(told)).toBeVisible();
  await asked.getByRole('button', { name: anew }).click();
  await expect(timeout).toHaveValue('20000');
  await save.click();
  // What was saved is tested at once.
  await expect(page.getByText('连接可用')).toBeVisible();
  const { settings } = await look<{ settings: Record<string, string> }>(page, '/connections/main');
  expect(settings).toMatchObject({ timeout_ms: '20000', direct_leaders: '2' });
  const back = { settings: { timeout_ms: null, direct_leaders: null }, secrets: {} };
  expect(await meanwhile(page, 'PATCH', '/connections/main', back)).toBe(200);
  expect(unwanted(page)).toEqual([]);
  await page.context().close();
});

test('保存一个账号连接时接着填写：后填的还在，可以再保存', async ({ browser }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.goto(`${house.url}/w/default/connections/main`);
  const timeout = page.locator('#setting-timeout_ms');
  if (!(await timeout.isVisible())) await page.getByText('更多设置（通常不用改）').click();
  const typed: { on?: () => void } = {};
  const wait = new Promise<void>((done) => {
    typed.on = done;
  });
  await page.route('**/api/v1/connections/main', async (route) => {
    if (route.request().method() === 'PATCH') await wait;
    await route.continue();
  });
  await timeout.fill('21000');
  const save = page.getByRole('button', { name: '保存', exact: true });
  await save.click();
  // The answer takes its time, and somebody types on.
  await timeout.fill('22000');
  typed.on?.();
  await expect(page.getByText('连接可用')).toBeVisible();
  await expect(timeout).toHaveValue('22000');
  await expect(save).not.toHaveClass(/loading/);
  await save.click();
  await expect(save).toHaveAttribute('aria-disabled', 'true');
  const { settings } = await look<{ settings: Record<string, string> }>(page, '/connections/main');
  expect(settings).toMatchObject({ timeout_ms: '22000' });
  const back = { settings: { timeout_ms: null }, secrets: {} };
  expect(await meanwhile(page, 'PATCH', '/connections/main', back)).toBe(200);
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

test('两人同时修改一个人员：后保存的被告知，填写的还在，两人的改动都留下', async ({ browser }) => {
  await house.cli('directory', 'person', 'add', 'ot01', '甘小雨', '--department', '/示例公司/研发部');
  const page = await enter(browser, house, 'lin.hai');
  const { items } = await look<{ items: { id: string }[] }>(page, '/directory/objects?kind=user&find=ot01');
  const id = items[0]?.id ?? '';
  await page.goto(`${house.url}/w/default/people?person=${id}`);
  await page.getByRole('dialog').getByRole('button', { name: '编辑' }).click();
  const edit = page.getByRole('dialog', { name: '编辑 甘小雨' });
  await edit.getByLabel('职务').fill('顾问');
  const other = { fields: { nickname: '小雨' } };
  expect(await meanwhile(page, 'POST', `/directory/objects/${id}/edit`, other)).toBe(200);
  await edit.getByRole('button', { name: '保存' }).click();
  await expect(edit.getByText(told)).toBeVisible();
  await edit.getByRole('button', { name: anew }).click();
  await expect(edit.getByLabel('职务')).toHaveValue('顾问');
  await expect(edit.getByLabel('别名')).toHaveValue('小雨');
  await edit.getByRole('button', { name: '保存' }).click();
  await expect(edit).toHaveCount(0);
  const { fields } = await look<{ fields: { name: string; value: unknown }[] }>(page, `/directory/objects/${id}`);
  const valueOf = (name: string) => fields.find((field) => field.name === name)?.value;
  expect([valueOf('title'), valueOf('nickname')]).toEqual(['顾问', '小雨']);
  expect(unwanted(page)).toEqual([]);
  await page.context().close();
});

test('两人同时修改一个登录账号的角色：后保存的被告知', async ({ browser }) => {
  await house.cli('account', 'create', 'sun.yi', '--display', '孙怡', '--role', 'viewer');
  const page = await enter(browser, house, 'lin.hai');
  await page.goto(`${house.url}/w/default/accounts`);
  await page
    .getByRole('row', { name: /sun\.yi/ })
    .getByRole('button', { name: '修改角色' })
    .click();
  const form = page.getByRole('dialog', { name: /修改角色/ });
  await form.getByLabel('单项权限').click();
  await page.locator('.ant-select-item-option').first().click();
  await form.locator('.ant-modal-title').click();
  const { items } = await look<{ items: { id: string; name: string }[] }>(page, '/accounts?limit=100');
  const id = items.find(({ name }) => name === 'sun.yi')?.id ?? '';
  const other = { roles: ['viewer', 'approver'], permissions: [] };
  expect(await meanwhile(page, 'POST', `/accounts/${id}/roles`, other)).toBe(200);
  await form.getByRole('button', { name: '修改角色' }).click();
  await expect(form.getByText(told)).toBeVisible();
  await form.getByRole('button', { name: anew }).click();
  await form.getByRole('button', { name: '修改角色' }).click();
  await expect(form).toHaveCount(0);
  const now = await look<{ roles: string[]; permissions: string[] }>(page, `/accounts/${id}`);
  expect(now.roles.toSorted()).toEqual(['approver', 'viewer']);
  expect(now.permissions).toHaveLength(1);
  expect(unwanted(page)).toEqual([]);
  await page.context().close();
});

test('新的通知规则不会替换别人刚建的同名规则；修改规则时填写的不会丢', async ({ browser }) => {
  const page = await enter(browser, house, 'lin.hai');
  const rule = {
    name: '甲',
    events: ['run_failed'],
    channel: { kind: 'message', connection: 'main', to_users: ['p0006'] },
    language: 'zh',
  };
  const all = async () =>
    (await look<{ items: { id: string; name: string }[] }>(page, '/notifications/rules?limit=200')).items;
  expect(await meanwhile(page, 'PUT', '/notifications/rules/problems', rule)).toBe(200);
  await page.goto(`${house.url}/w/default/notifications?rule=new`);
  const form = page.getByRole('dialog', { name: '添加规则' });
  // That one is taken: another is proposed.
  await expect(form.getByLabel('标识')).toHaveValue('problems_2');
  await form.getByLabel('名称').fill('乙');
  await form.getByLabel('成员账号').fill('p0007');
  await page.keyboard.press('Enter');
  expect(await meanwhile(page, 'PUT', '/notifications/rules/problems_2', { ...rule, name: '丙' })).toBe(200);
  await form.getByRole('button', { name: '保存' }).click();
  await expect(form.locator('.ant-form-item').filter({ hasText: '标识' }).getByText('已经有同名的了')).toBeVisible();
  await expect(form.getByLabel('名称')).toHaveValue('乙');
  await form.getByLabel('标识').fill('problems_3');
  await form.getByRole('button', { name: '保存' }).click();
  await expect(form).toHaveCount(0);
  const names = new Map((await all()).map(({ id, name }) => [id, name]));
  expect([names.get('problems'), names.get('problems_2'), names.get('problems_3')]).toEqual(['甲', '丙', '乙']);

  await page.getByRole('row', { name: /丙/ }).getByRole('button', { name: '修改' }).click();
  const change = page.getByRole('dialog', { name: '修改规则：丙' });
  await change.getByLabel('名称').fill('丁');
  const other = { ...rule, name: '丙', expiring_ms: 1_200_000 };
  expect(await meanwhile(page, 'PUT', '/notifications/rules/problems_2', other)).toBe(200);
  await change.getByRole('button', { name: '保存' }).click();
  const dialog = page.getByRole('dialog', { name: /修改规则/ });
  await expect(dialog.getByText(told)).toBeVisible();
  await expect(dialog.getByLabel('名称')).toHaveValue('丁');
  await dialog.getByRole('button', { name: anew }).click();
  await dialog.getByRole('button', { name: '保存' }).click();
  await expect(dialog).toHaveCount(0);
  const after = await look<{ name: string; expiring_ms: number }>(page, '/notifications/rules/problems_2');
  // What the others set is not what a field can show to the end, and stays to the millisecond.
  expect(after).toMatchObject({ name: '丁', expiring_ms: 1_200_000 });
  for (const id of ['problems', 'problems_2', 'problems_3']) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    await meanwhile(page, 'DELETE', `/notifications/rules/${id}`, {});
  }
  expect(unwanted(page)).toEqual([]);
  await page.context().close();
});

test('修改通知规则时别人移除了它：表单和填写的还在，保存时被告知', async ({ browser }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.goto(`${house.url}/w/default/notifications`);
  const rule = {
    name: '戊',
    events: ['run_failed'],
    channel: { kind: 'message', connection: 'main', to_users: ['p0006'] },
    language: 'zh',
  };
  expect(await meanwhile(page, 'PUT', '/notifications/rules/duty_five', rule)).toBe(200);
  await page.goto(`${house.url}/w/default/notifications?rule=duty_five`);
  const form = page.getByRole('dialog', { name: '修改规则：戊' });
  await form.getByLabel('名称').fill('己');
  expect(await meanwhile(page, 'DELETE', '/notifications/rules/duty_five', {})).toBe(200);
  // Whoever comes back to the window reads the list anew, once it is old enough.
  await expect(async () => {
    await page.evaluate(() => {
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    });
    await expect(page.getByRole('row', { name: /戊/ })).toHaveCount(0, { timeout: 1000 });
  }).toPass();
  await expect(form.getByLabel('名称')).toHaveValue('己');
  await form.getByRole('button', { name: '保存' }).click();
  await expect(form.getByText('在你查看之后，它已不在了')).toBeVisible();
  await expect(form.getByLabel('名称')).toHaveValue('己');
  expect(unwanted(page)).toEqual([]);
  await page.context().close();
});

test('已作的决定可以更改', async ({ browser }) => {
  await house.cli('directory', 'person', 'add', 'ot02', '费小明', '--department', '/示例公司/研发部');
  await house.cli('link', 'add', '--connection', 'main', 'hx000043', 'ot02');
  const page = await enter(browser, house, 'lin.hai');
  await page.goto(`${house.url}/w/default/matching?tab=decisions`);
  const row = page.getByRole('row', { name: /hx000043/ });
  await row.getByRole('button', { name: '改为“不处理”' }).click();
  const sure = page.getByRole('dialog', { name: '改为“不处理”' });
  await expect(sure.getByText('原来的决定是“是同一个', { exact: false })).toBeVisible();
  await sure.getByRole('button', { name: '改为“不处理”' }).click();
  await expect(row.getByRole('cell', { name: '不处理', exact: true })).toBeVisible();
  await expect(row.getByRole('button', { name: '改为“新建”' })).toBeVisible();
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

function roster(rows: string[][]) {
  return {
    name: '名单.xlsx',
    mimeType: 'application/octet-stream',
    buffer: workbook({ 人员: [['工号', '姓名', '手机', '部门'], ...rows] }),
  };
}

test('不能审批的人导入超出限制的名单：走到待审批的运行，不报没有权限；可以取消自己开始的', async ({ browser }) => {
  await house.cli('account', 'create', 'gao.yan', '--display', '高岩', '--role', 'operator');
  await house.cli('account', 'password', 'gao.yan', '--password', 'file:password');
  const people = Array.from({ length: 10 }, (_, n) => [`Z00${n}`, `鲁大${n}`, `1540020000${n}`, '示例公司/研发部']);
  // Two are left, with other numbers: that is far fewer than the last time.
  const fewer = people.slice(0, 2).map(([no = '', name = '', , place = ''], n) => [no, name, `1540030000${n}`, place]);
  const owner = await enter(browser, house, 'lin.hai');
  await owner.goto(`${house.url}/w/default/upload`);
  await owner.locator('input[type=file]').setInputFiles(roster(people));
  await owner.getByRole('checkbox', { name: '这是全部人员的名单' }).check();
  await owner.getByLabel('对应关系保存为工作流').fill('lu_roster');
  await owner.getByRole('button', { name: '查看变更预览' }).click();
  await owner.getByRole('button', { name: /^导入这/ }).click();
  await expect(owner.getByRole('main').getByText(/^成功/).first()).toBeVisible();
  await owner.context().close();

  const page = await enter(browser, house, 'gao.yan');
  await page.goto(`${house.url}/w/default/upload`);
  await page.locator('input[type=file]').setInputFiles(roster(fewer));
  await page.getByRole('radio', { name: 'lu_roster' }).check();
  await page.getByRole('button', { name: '查看变更预览' }).click();
  // Nothing here is approved by the press, and nobody is asked whether they looked.
  await expect(page.getByText('开始后这次运行会待审批', { exact: false }).first()).toBeVisible();
  await expect(page.getByRole('checkbox', { name: /我已核对/ })).toHaveCount(0);
  // Eight lose access: that is asked, whoever decides about it in the end.
  await page.getByRole('button', { name: /^导入这/ }).click();
  await page
    .getByRole('dialog', { name: /^导入这/ })
    .getByRole('button', { name: /^导入这/ })
    .click();
  await expect(page.getByText('这次运行待审批：由有权限的人批准后继续')).toBeVisible();
  await expect(page.getByRole('heading', { level: 1, name: /lu_roster/ })).toBeVisible();
  await page.getByRole('button', { name: '取消运行' }).click();
  const sure = page.getByRole('dialog', { name: '取消运行' });
  await expect(sure.getByText('待审批的改动作废', { exact: false })).toBeVisible();
  await sure.getByRole('button', { name: '取消运行' }).click();
  await expect(page.getByRole('button', { name: '取消运行' })).toHaveCount(0);
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

/** Whether the last of the list is still there. */
async function stateOfLast(page: Watched) {
  const { items } = await look<{ items: { status: string }[] }>(page, '/directory/objects?kind=user&find=W119');
  return items[0]?.status;
}

test('对应关系存在同一个工作流里：先看预览的人不会按别人后来的对应关系导入', async ({ browser }) => {
  const people = Array.from({ length: 20 }, (_, n) => [
    `W${100 + n}`,
    `章二${n}`,
    `154004${10_000 + n}`,
    '示例公司/研发部',
  ]);
  const bring = async (page: Watched, rows: string[][], full: boolean) => {
    await page.goto(`${house.url}/w/default/upload`);
    await page.locator('input[type=file]').setInputFiles(roster(rows));
    if (full) await page.getByRole('checkbox', { name: '这是全部人员的名单' }).check();
    await page.getByLabel('对应关系保存为工作流').fill('zhang_roster');
    await page.getByRole('button', { name: '查看变更预览' }).click();
    return page.getByRole('button', { name: /^导入这/ });
  };
  const page = await enter(browser, house, 'lin.hai');
  await (await bring(page, people, true)).click();
  await expect(page.getByRole('main').getByText(/^成功/).first()).toBeVisible();
  expect(await stateOfLast(page)).toBe('active');

  // A part of them, one with another number: nobody leaves by it.
  const [one = [], ...others] = people.slice(0, 19);
  const part = [[...one.slice(0, 2), '15400490001', ...one.slice(3)], ...others];
  const go = await bring(page, part, false);
  await expect(go).toHaveText('导入这 1 项');
  const second = await enter(browser, house, 'lin.hai');
  await expect(await bring(second, people, true)).toBeVisible();
  await second.context().close();

  await go.click();
  await expect(page.getByRole('alert').filter({ hasText: '这个工作流改存了别的对应关系' })).toBeVisible();
  await expect(go).toHaveAttribute('aria-disabled', 'true');
  expect(await stateOfLast(page)).toBe('active');
  // Planned anew it goes by its own mapping again.
  await page.getByRole('button', { name: '返回核对列' }).click();
  await page.getByRole('button', { name: '查看变更预览' }).click();
  await expect(go).toHaveText('导入这 1 项');
  await go.click();
  await expect(page.getByRole('main').getByText(/^成功/).first()).toBeVisible();
  expect(await stateOfLast(page)).toBe('active');
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

test('邮件服务器：别人同时改动时被告知，填写的还在', async ({ browser }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.goto(`${house.url}/w/default/notifications?tab=mail`);
  await page.getByRole('textbox', { name: '服务器' }).fill('mail.example.com');
  await page.getByLabel('发件人').fill('idflow@example.com');
  const save = page.getByRole('button', { name: '保存', exact: true });
  await save.click();
  await expect(page.getByLabel('发送测试邮件到')).toBeVisible();
  // That it was saved is said, and goes away: the next time is told from this one.
  await expect(page.getByText('已保存').first()).toBeVisible();
  await expect(page.getByText('已保存')).toHaveCount(0);
  await page.getByLabel('发件人').fill('it@example.com');
  const other = { host: 'mail.example.com', port: 1465, security: 'tls', from: 'idflow@example.com' };
  expect(await meanwhile(page, 'PUT', '/notifications/mail', other)).toBe(200);
  await save.click();
  await expect(page.getByText(told)).toBeVisible();
  await expect(page.getByLabel('发件人')).toHaveValue('it@example.com');
  await page.getByRole('button', { name: anew }).click();
  await expect(page.getByLabel('端口')).toHaveValue('1465');
  await save.click();
  await expect(page.getByText('已保存').first()).toBeVisible();
  const mail = await look<{ from: string; port: number }>(page, '/notifications/mail');
  expect(mail).toMatchObject({ from: 'it@example.com', port: 1465 });
  expect(unwanted(page)).toEqual([]);
  await page.context().close();
});

test('服务商：第一次保存后的密钥留到收起为止', async ({ browser }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.goto(`${house.url}/w/default/providers`);
  const fields = {
    provider_corp_id: 'wwsim0000000000001',
    provider_secret: 'provider-secret',
    template_id: 'dkTemplate0001',
    template_secret: 'template-secret',
    contacts_suite_id: 'wwContactEdit0001',
    contacts_suite_secret: 'contacts-secret',
  };
  for (const [name, value] of Object.entries(fields)) {
    // oxlint-disable-next-line no-await-in-loop -- one field after the other
    await page.locator(`#setting-${name}`).fill(value);
  }
  await page.getByRole('button', { name: '保存', exact: true }).click();
  const keys = page.getByRole('dialog', { name: '请现在复制，关闭后不再显示' });
  await expect(keys).toBeVisible();
  // What stands behind it has been read anew by now, and the keys are still there.
  await expect(page.getByRole('heading', { level: 2 }).filter({ hasText: '回调' }).first()).toBeAttached();
  await expect(keys).toBeVisible();
  expect(await meanwhile(page, 'DELETE', '/providers/wecom', {})).toBe(200);
  expect(page.complaints).toEqual([]);
  await page.context().close();
});
