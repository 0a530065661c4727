/** The sign-in ends while something is being done: it is asked for above everything, and what is given up is not done. */
import { type House, type Watched, enter, expect, password, test, violations, watch } from './support.ts';

/** The form of a person, over their drawer, with something typed. */
async function typed(page: Watched, house: House, account: string, alias: string) {
  await page.goto(`${house.url}/w/default/people?find=${account}`);
  await page
    .getByRole('row', { name: new RegExp(account) })
    .getByRole('link')
    .first()
    .click();
  const drawer = page.getByRole('dialog').first();
  await drawer.getByRole('button', { name: '编辑', exact: true }).click();
  const form = page.getByRole('dialog', { name: /^编辑/ });
  await form.getByLabel('别名').fill(alias);
  const save = form.getByRole('button', { name: '保存' });
  await save.click({ trial: true });
  await page.context().clearCookies();
  // At once, also where what asks in the background has found out already and the sign-in lies above.
  await save.evaluate((button) => (button as HTMLButtonElement).click());
  return form;
}

async function signIn(page: Watched, name: string) {
  const again = page.getByRole('dialog', { name: '登录已结束，请重新登录' });
  await expect(again).toContainText('刚才的操作还没有执行');
  // Who was signed in is expected.
  await expect(again.getByLabel('账号')).toHaveValue('lin.hai');
  await again.getByLabel('账号').fill(name);
  await again.getByLabel('密码').fill(password);
  await again.getByRole('button', { name: '登录', exact: true }).click();
  return again;
}

test('登录窗口在表单之上；不再执行的操作登录后没有写入', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  const form = await typed(page, house, 'p0011', '小曾');
  const again = page.getByRole('dialog', { name: '登录已结束，请重新登录' });
  // A press reaches it only where nothing lies above.
  await again.getByRole('button', { name: '不再执行刚才的操作' }).click();
  // Whatever asks in the background may bring it up again meanwhile.
  await form.getByRole('button', { name: '取消' }).evaluate((button) => (button as HTMLButtonElement).click());
  await page.reload();
  await page.getByLabel('账号').fill('lin.hai');
  await page.getByLabel('密码').fill(password);
  await page.getByRole('button', { name: '登录', exact: true }).click();
  await expect(page.getByRole('row', { name: /p0011/ }).first()).toBeVisible();
  expect(await house.cli('directory', 'person', 'show', 'p0011')).not.toContain('小曾');
  await page.context().close();
});

test('换了账号登录，先问是否以那个账号的身份执行', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  await typed(page, house, 'p0012', '小李');
  const again = await signIn(page, 'wang.min');
  await expect(again).toContainText('刚才的操作是 lin.hai 发起的，现在登录的是 wang.min');
  expect(await house.cli('directory', 'person', 'show', 'p0012')).not.toContain('小李');
  await again.getByRole('button', { name: '不再执行刚才的操作' }).click();
  await expect(again).toHaveCount(0);
  expect(await house.cli('directory', 'person', 'show', 'p0012')).not.toContain('小李');
  await page.context().close();
});

test('同一个账号登录后，刚才的操作接着执行', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  const form = await typed(page, house, 'p0013', '小王');
  await signIn(page, 'lin.hai');
  await expect(form).toHaveCount(0);
  expect(await house.cli('directory', 'person', 'show', 'p0013')).toContain('小王');
  await page.context().close();
});

test('在另一个标签页里重新登录之后，这一页填写的内容直接保存，不用重新载入', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.goto(`${house.url}/w/default/people?find=p0014`);
  await page.getByRole('row', { name: /p0014/ }).getByRole('link').first().click();
  await page.getByRole('dialog').first().getByRole('button', { name: '编辑', exact: true }).click();
  const form = page.getByRole('dialog', { name: /^编辑/ });
  await form.getByLabel('别名').fill('小赵');
  const other = watch(await page.context().newPage(), house);
  await page.context().clearCookies();
  await other.goto(`${house.url}/w/default`);
  await other.getByLabel('账号').fill('lin.hai');
  await other.getByLabel('密码').fill(password);
  await other.getByRole('button', { name: '登录', exact: true }).click();
  await expect(other.getByRole('heading', { level: 1, name: '概览' })).toBeVisible();
  await form.getByRole('button', { name: '保存' }).click();
  await expect(form).toHaveCount(0);
  expect(await house.cli('directory', 'person', 'show', 'p0014')).toContain('小赵');
  await page.context().close();
});

test('没有密码的人退出登录之前，会知道自己回不来', async ({ browser, house }) => {
  await house.cli('account', 'create', 'song.yi', '--role', 'viewer');
  const link = /https?:\S+\/welcome\/\S+/.exec(await house.cli('account', 'link', 'song.yi'))?.[0] ?? '';
  const page = watch(await (await browser.newContext({ locale: 'zh-CN', reducedMotion: 'reduce' })).newPage(), house);
  await page.goto(link);
  await page.getByRole('button', { name: '进入' }).click();
  await expect(page.getByRole('heading', { level: 1, name: '概览' })).toBeVisible();
  const signOut = async () => {
    await page.getByRole('button', { name: /song\.yi/ }).click();
    await page.getByRole('menuitem', { name: '退出登录' }).click();
  };
  await signOut();
  const asked = page.getByRole('dialog', { name: '您的账号没有密码' });
  await expect(asked).toContainText('先在“我的账号”里设置密码');
  expect(await violations(page)).toEqual([]);
  await asked.getByRole('button', { name: '暂不退出' }).click();
  await expect(asked).toHaveCount(0);
  await expect(page.getByRole('heading', { level: 1, name: '概览' })).toBeVisible();
  await signOut();
  await asked.getByRole('button', { name: '退出登录' }).click();
  await expect(page.getByRole('button', { name: '登录', exact: true })).toBeVisible();
  await page.context().close();

  // Whoever has a password is not asked.
  const owner = await enter(browser, house, 'wang.min');
  await owner.getByRole('button', { name: /王敏/ }).click();
  await owner.getByRole('menuitem', { name: '退出登录' }).click();
  await expect(owner.getByRole('button', { name: '登录', exact: true })).toBeVisible();
  await owner.context().close();
});
