/** 账号绑定: a company whose members are in the directory already, namesakes among them. And the pictures of the README. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { openHouse, password } from './house.mjs';
import { type Watched, enter, expect, test } from './support.ts';

test.setTimeout(300_000);

const set = (name: string, value: string) => ['--set', `${name}=${value}`];

/** Where the pictures go: into the tree with README_PICTURES=1, else beside the results. */
const folder = process.env['README_PICTURES'] ? '../docs/pictures' : 'test-results/readme';

/** So many people have a namesake: as many as one goes through in a working day. */
const many = 300;
const families = ['张', '李', '王', '刘', '陈', '杨', '赵', '黄', '周', '吴'];
const given = ['伟', '娜', '芳', '洋', '静', '敏', '磊', '军'];
/** 150 names: each two people have one. */
const nameOf = (n: number) => {
  const k = n % 150;
  return `${families[k % 10]}${given[Math.floor(k / 10) % 8]}${k < 80 ? '' : '文'}`;
};
/** Members by name only, as an app sees them that may not read numbers: some names once, and some twice as in the directory. */
const members = Array.from({ length: 200 }, (_, n) => ({
  userid: `wx${String(n + 1).padStart(4, '0')}`,
  name: nameOf(n + 1),
  department: [1],
  order: [0],
  is_leader_in_dept: [0],
  main_department: 1,
  position: n % 7 === 0 ? '经理' : '工程师',
  status: 1,
}));
const company = {
  corps: [
    {
      corpid: 'wwsim0000000000001',
      name: '示例公司',
      contacts: { secret: 'sim-contacts-secret' },
      apps: [{ agentid: 1000002, name: '通讯录同步助手', secret: 'sim-app-secret', visible: { departments: [1] } }],
      departments: [],
      users: members,
    },
  ],
};

/** The roster of as many people. */
function roster(): string {
  const lines = ['external_id,userid,name,mobile,email,position,departments,is_leader,manager,status'];
  for (let n = 1; n <= many; n += 1) {
    const key = String(n).padStart(4, '0');
    lines.push(`${key},p${key},${nameOf(n)},154000${String(n).padStart(5, '0')},,工程师,RD,0,,active`);
  }
  return `${lines.join('\n')}\n`;
}

async function picture(page: Watched, name: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  await expect(page.locator('.ant-skeleton-active')).toHaveCount(0);
  await page.screenshot({ path: `${folder}/${name}.png`, animations: 'disabled' });
}

test('运行日志的图片', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.setViewportSize({ width: 1200, height: 800 });
  await page.goto(`${house.url}/w/default/runs?workflow=downstream`);
  await page.getByRole('main').getByRole('link', { name: 'downstream #1' }).click();
  await expect(page.getByRole('region', { name: '步骤图' }).getByRole('button', { name: /创建用户/ })).toContainText(
    '失败',
  );
  await picture(page, 'run-log');
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

test('账号绑定：重名的人等待决定，选定之后记在已作的决定里', async ({ browser }) => {
  const house = await openHouse();
  try {
    expect((await fetch(`${house.admin}/state`, { method: 'PUT', body: JSON.stringify(company) })).status).toBe(200);
    await fetch(`${house.origin}/api/v1/session/redeem`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ code: house.code, name: 'lin.hai', password }),
    });
    writeFileSync(join(house.hr, 'users.csv'), roster());
    await house.cli('directory', 'import', 'hr', '--yes');
    const wecom = ['connection', 'add', 'wecom', '--name', 'main', ...set('corp_id', 'wwsim0000000000001')];
    const secrets = ['--secret', 'contacts_secret=env:CONTACTS', '--secret', 'app_secret=env:APP'];
    await house.cli(...wecom, ...set('agent_id', '1000002'), ...set('base_url', house.simUrl), ...secrets);
    // The downstream template, with the name as one more rule: it decides where it stands once on both sides.
    const text = readFileSync(new URL('../../../workflows/wecom_downstream_full.yaml', import.meta.url), 'utf8')
      .replace('id: wecom_downstream_full', 'id: bind')
      .replace('ref: wecom_main', 'ref: main')
      .replace('source.username == target.userid]', 'source.username == target.userid, source.name == target.name]');
    expect(text).toContain('source.name == target.name]');
    writeFileSync(join(house.folder, 'bind.yaml'), text);
    await house.cli('workflow', 'create', '--file', 'bind.yaml');
    await house.cli('workflow', 'activate', 'bind', '--yes');
    await house.cli('run', 'bind', '--wait');
    const page = await enter(browser, house, 'lin.hai');
    await page.setViewportSize({ width: 1200, height: 800 });
    await page.getByRole('link', { name: '账号绑定' }).click();
    const same = page.getByRole('button', { name: '是同一个' });
    await expect(same.first()).toBeVisible();
    await expect(page.getByText('也对应目标中的', { exact: false }).first()).toBeVisible();
    await picture(page, 'binding');
    // All of them are there to be gone through: found by name, and counted.
    await expect(page.getByText(`共 ${many} 个`)).toBeVisible();
    await page.getByRole('searchbox', { name: '查找姓名、标识' }).fill('李伟');
    // The list of the search, and not that there is none yet.
    await page.waitForURL(/find=/);
    const namesake = page.getByRole('row', { name: /李伟 \(p0151\)/ });
    await expect(namesake).toBeVisible();
    await expect(page.getByRole('row', { name: /王伟/ })).toHaveCount(0);
    const row = page.getByRole('row', { name: /李伟 \(p0001\)/ });
    await row.getByRole('button', { name: '是同一个' }).first().click();
    await page.getByRole('dialog', { name: '是同一个' }).getByRole('button', { name: '是同一个' }).click();
    await expect(row).toContainText('已决定');
    // The namesake is not decided by it: a candidate is left to choose.
    await expect(namesake.getByRole('button', { name: '是同一个' }).first()).toBeVisible();
    await page.getByRole('combobox', { name: '哪些' }).click();
    await page
      .locator('.ant-select-item-option')
      .filter({ hasText: /^已决定$/ })
      .click();
    await expect(row).toContainText('李伟 (wx0001)');
    await page.getByRole('tab', { name: '已作的决定' }).click();
    await expect(page.getByRole('row', { name: /wx0001/ }).first()).toContainText('lin.hai');
    expect(page.complaints).toEqual([]);
    await page.context().close();
  } finally {
    house.close();
  }
});
