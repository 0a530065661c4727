/** A workflow that declares inputs asks for them: at a run, at a plan, and in the wizard. What is required is asked for. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';

import { openOwn } from './house.mjs';
import { type House, enter, expect, test, violations } from './support.ts';

/** The files where the server lets them be read over the network. */
function imported(house: House): string {
  const folder = join(house.folder, 'data', 'import', 'hr');
  cpSync(house.hr, folder, { recursive: true });
  return folder;
}

test('运行前填写输入：必填的没有填不会开始，填了就带着值运行', async ({ browser }) => {
  // A house of its own: such a run may be held, and would wait for an approval beside those of other stories.
  const house: House = await openOwn('wecom_downstream_full');
  try {
    const folder = imported(house);
    const page = await enter(browser, house, 'lin.hai');
    await page.goto(`${house.url}/w/default/workflows/hr_import`);
    await page.getByRole('button', { name: '立即运行' }).click();
    const form = page.getByRole('dialog', { name: '立即运行 hr_import' });
    await expect(form.getByLabel('文件夹')).toBeVisible();
    expect(await violations(page)).toEqual([]);
    await form.getByRole('button', { name: '立即运行' }).click();
    await expect(form.getByText('请填写文件夹')).toBeVisible();
    await form.getByLabel('文件夹').fill(folder);
    await form.getByRole('button', { name: '立即运行' }).click();
    await expect(page.getByRole('heading', { level: 1, name: /hr_import 第 \d+ 次运行/ })).toBeVisible();
    const run = new URL(page.url()).pathname.split('/').pop() ?? '';
    const shown = await page.evaluate(
      async (id) => (await fetch(`/api/v1/runs/${id}`)).json() as Promise<{ inputs: object }>,
      run,
    );
    expect(shown.inputs).toEqual({ folder });
    expect(page.complaints).toEqual([]);
    await page.context().close();
  } finally {
    house.close();
  }
});

test('预演时勾选禁用离职成员：以布尔值送出，没有勾选的也可以直接预演', async ({ browser }) => {
  // A house of its own: a plan takes the number of a run, and what it finds wrong stands among the failures.
  const house: House = await openOwn('wecom_downstream_full');
  try {
    const page = await enter(browser, house, 'lin.hai', { language: 'en' });
    await page.goto(`${house.url}/w/default/workflows/downstream?ask=1`);
    const form = page.getByRole('dialog', { name: 'Plan downstream' });
    await expect(form.getByRole('checkbox', { name: 'Disable leavers' })).not.toBeChecked();
    await form.getByRole('checkbox', { name: 'Disable leavers' }).check();
    await form.getByRole('button', { name: 'Plan', exact: true }).click();
    await page.waitForURL(/\/runs\/[^/]+\/plan/);
    const run = new URL(page.url()).pathname.split('/').at(-2) ?? '';
    const shown = await page.evaluate(
      async (id) => (await fetch(`/api/v1/runs/${id}`)).json() as Promise<{ inputs: object }>,
      run,
    );
    expect(shown.inputs).toEqual({ remove_leavers: true });
    expect(page.complaints).toEqual([]);
    await page.context().close();
  } finally {
    house.close();
  }
});

test('向导里的必填输入：没有填不能预演，预演和首次运行用同样的值', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.goto(`${house.url}/w/default/templates/csv_to_directory?step=trigger`);
  const field = page.getByLabel('文件夹');
  await expect(field).toBeVisible();
  const next = page.getByRole('button', { name: '下一步' });
  await expect(next).toHaveAttribute('aria-disabled', 'true');
  await field.fill(imported(house));
  await expect(next).toHaveAttribute('aria-disabled', 'false');
  await next.click();
  // What was imported before leaves nothing to change.
  await expect(page.getByRole('button', { name: /^启用并(执行这 [\d,]+ 项|运行)$/ })).toHaveAttribute(
    'aria-disabled',
    'false',
  );
  expect(page.complaints).toEqual([]);
  await page.context().close();
});
