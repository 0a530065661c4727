/** 待处理的移除: nobody is decided about who does not stand on the screen. The list is given; all else is the house's. */
import { enter, expect, test } from './support.ts';

function removal(digest: string, name: string, state: string) {
  const reason = { zh: '移除超过上限', en: 'The removals are over the limit' };
  const why = { class: 'invalid', code: 'limit_count', reason, hint: reason, owner: 'operator' };
  const object = { name, source: digest, target: `p-${digest}`, type: 'user' };
  const times = { since: '2026-11-29T01:00:00Z', seen: '2026-11-29T01:00:00Z' };
  return {
    action: 'disable',
    digest,
    id: digest,
    object,
    state,
    why,
    fields: [],
    warnings: [],
    run: '00000000000000000000000000000000',
    step: 'disable_users',
    workflow: 'downstream',
    ...times,
  };
}

test('换一个筛选之后，之前勾选的人不会被批准移除', async ({ browser, house }) => {
  const page = await enter(browser, house, 'lin.hai');
  await page.route('**/api/v1/removals?*', async (route) => {
    const state = new URL(route.request().url()).searchParams.get('state') ?? 'waiting';
    const items = state === 'kept' ? [removal('c3', '林建', 'kept')] : [removal('a1', '罗国杰', 'waiting')];
    await route.fulfill({ json: { items, total: items.length } });
  });
  await page.goto(`${house.url}/w/default/removals`);
  await page.getByRole('checkbox', { name: '罗国杰' }).check();
  await expect(page.getByRole('button', { name: '批准移除这 1 项' })).toBeVisible();
  await page.getByRole('combobox', { name: '状态' }).click();
  await page.locator('.ant-select-item-option').filter({ hasText: '已保留' }).click();
  await expect(page.getByRole('checkbox', { name: '林建' })).toBeVisible();
  await expect(page.getByRole('button', { name: '批准移除这 0 项' })).toHaveAttribute('aria-disabled', 'true');
  await page.getByRole('checkbox', { name: '林建' }).check();
  await page.getByRole('button', { name: '批准移除这 1 项' }).click();
  await expect(page.getByRole('dialog')).toContainText('林建 (p-c3)');
  await expect(page.getByRole('dialog')).not.toContainText('罗国杰');
  await page.context().close();
});
