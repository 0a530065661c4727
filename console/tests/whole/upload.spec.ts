/** What people do with a file of people: an Excel workbook with Chinese headers and departments by path. */
import { enter, expect, test, violations } from './support.ts';
// oxlint-disable-next-line import/namespace -- plain JavaScript, as the house
import { workbook } from './workbook.mjs';

const people = [
  ['员工名册', '', '', '', ''],
  ['姓名', '员工代码', '手机号码', '部门路径', '岗位'],
  ['何青', 'X001', '15400100001', '示例公司/研发部', '工程师'],
  ['罗成', 'X002', '15400100002', '示例公司/研发部/算法组', '工程师'],
  ['', 'X003', '15400100003', '示例公司/运营部', '专员'],
];

test('导入人员：中文表头的 XLSX，按路径建部门，核对列，看预览，再导入', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.getByRole('link', { name: '导入人员' }).click();
  await page.locator('input[type=file]').setInputFiles({
    name: '花名册.xlsx',
    mimeType: 'application/octet-stream',
    buffer: workbook({ 人员: people, 说明: [['由人事部导出']] }),
  });
  await expect(page.getByRole('table', { name: '哪一列是什么' })).toBeVisible();
  // The row of headers was found below the title.
  await expect(page.getByLabel('标题行')).toHaveValue('2');
  // The number of the person is no header that is known: a person says so.
  const number = page.getByRole('row', { name: /员工代码/ }).getByRole('combobox');
  await number.click();
  await page.getByTitle('工号 *', { exact: true }).click();
  await expect(page.getByText('还缺必填字段', { exact: false })).toHaveCount(0);
  await expect(page.getByRole('status').filter({ hasText: '共 3 行数据' })).toBeVisible();
  await expect(page.getByText('其中 2 行有错误，不会导入')).toBeVisible();
  await page.getByRole('checkbox', { name: '新建目录里没有的 1 个部门' }).check();
  await expect(page.getByText('其中 1 行有错误，不会导入')).toBeVisible();
  expect(await violations(page)).toEqual([]);
  // What was decided is still there after a reload.
  await page.reload();
  await expect(page.getByRole('checkbox', { name: /新建目录里没有的/ })).toBeChecked();
  await page.getByRole('button', { name: '查看变更预览' }).click();
  const go = page.getByRole('button', { name: /^导入这 [1-9]\d* 项$/ });
  await expect(go).toBeVisible();
  await go.click();
  await expect(page.getByRole('heading', { level: 1, name: /运行/ })).toBeVisible();
  await expect(
    page
      .getByRole('main')
      .getByText(/^(成功|部分完成)/)
      .first(),
  ).toBeVisible();
  await page.getByRole('link', { name: '用户管理' }).click();
  await page.getByLabel('姓名、拼音、账号、工号').fill('罗成');
  await page.getByRole('link', { name: '罗成' }).click();
  await expect(page.getByRole('dialog').getByText('算法组', { exact: false }).first()).toBeVisible();
  expect(page.complaints).toEqual([]);
  await page.context().close();
});

test('第一张工作表是说明：在报错旁边换工作表；返回核对列和刷新后，全部名单的勾选和名称都还在', async ({
  browser,
  house,
}) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.getByRole('link', { name: '导入人员' }).click();
  await page.locator('input[type=file]').setInputFiles({
    name: '带说明的花名册.xlsx',
    mimeType: 'application/octet-stream',
    buffer: workbook({
      填表说明: [['由人事部导出']],
      在职: [
        ['工号', '姓名', '手机号', '人在哪里'],
        ['Y001', '何青', '15400100011', '示例公司/研发部'],
      ],
    }),
  });
  await expect(page.getByRole('alert').filter({ hasText: '没有找到表头行' })).toBeVisible();
  // What came in meanwhile may have closed the list again.
  await expect(async () => {
    await page.getByLabel('工作表').click();
    await page.locator('.ant-select-item-option', { hasText: '在职' }).click({ timeout: 5000 });
  }).toPass();
  await expect(page.getByRole('table', { name: '哪一列是什么' })).toBeVisible();
  await expect(page.getByRole('alert')).toHaveCount(0);
  // Nobody has looked at the rows before each needed field has a column.
  await expect(page.getByText('还没有检查')).toBeVisible();
  await expect(page.getByText('没有问题')).toHaveCount(0);
  await page
    .getByRole('row', { name: /人在哪里/ })
    .getByRole('combobox')
    .click();
  await page.getByTitle('部门 *', { exact: true }).click();
  await expect(page.getByText('没有问题')).toBeVisible();
  await page.getByRole('checkbox', { name: '这是全部人员的名单' }).check();
  await page.getByLabel('对应关系保存为工作流').fill('roster');
  await page.getByLabel('工作流名称').fill('花名册');
  await page.getByRole('button', { name: '查看变更预览' }).click();
  await expect(page.getByText('全部人员的名单：以前由它导入', { exact: false })).toBeVisible();
  await expect(page.getByRole('button', { name: /^导入这/ })).toBeVisible();
  await page.getByRole('button', { name: '返回核对列' }).click();
  const stays = async () => {
    await expect(page.getByRole('checkbox', { name: '这是全部人员的名单' })).toBeChecked();
    await expect(page.getByLabel('对应关系保存为工作流')).toHaveValue('roster');
    await expect(page.getByLabel('工作流名称')).toHaveValue('花名册');
  };
  await stays();
  await page.reload();
  await stays();
  // The mapping that was kept says how it takes the file.
  await page.getByRole('radio', { name: 'roster' }).check();
  await expect(page.getByText('全部人员的名单：以前由它导入', { exact: false })).toBeVisible();
  // The refused question is the one complaint.
  expect(page.complaints.filter((one) => !one.includes('422'))).toEqual([]);
  await page.context().close();
});

test('值不能使用的人：从提示直接看到这一项，而不是全部明细', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.goto(`${house.url}/w/default/upload`);
  await page.locator('input[type=file]').setInputFiles({
    name: '名单.xlsx',
    mimeType: 'application/octet-stream',
    buffer: workbook({
      人员: [
        ['工号', '姓名', '手机', '部门'],
        ['Y001', '邓丽', '12', '示例公司/研发部'],
        ['Y002', '方圆', '15400100012', '示例公司/研发部'],
      ],
    }),
  });
  await expect(page.getByRole('table', { name: '哪一列是什么' })).toBeVisible();
  await page.getByRole('button', { name: '查看变更预览' }).click();
  await page.getByRole('button', { name: /^导入这 [1-9]\d* 项$/ }).click();
  await expect(page.getByRole('heading', { level: 1, name: /运行/ })).toBeVisible();
  const notice = page.getByRole('alert').filter({ hasText: '1 个值不能使用' });
  await notice.getByRole('link', { name: '查看明细' }).click();
  await page.waitForURL(/code=values_refused/);
  await expect(page.getByRole('row', { name: /邓丽/ })).toBeVisible();
  await expect(page.getByRole('row', { name: /方圆/ })).toHaveCount(0);
  await expect(page.getByText('values_refused', { exact: true }).first()).toBeVisible();
  expect(page.complaints).toEqual([]);
  await page.context().close();
});
