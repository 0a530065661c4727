/** How soon is something shown? First content, a graph of 200 steps, counters of a run at work. Printed with the machine. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { openOwn } from './house.mjs';
import { middle, noted, processor, report, untilOpened, untilShown } from './measure.ts';
import { type House, enter, expect, test, watch } from './support.ts';

test.describe.configure({ mode: 'serial' });

let house: House;
test.beforeAll(async () => {
  house = await openOwn('wecom_downstream_full');
});
test.afterAll(() => house.close());

/** How many steps the graph has. */
const many = 200;

/** A workflow of many steps: twenty chains of ten. */
function wide(): string {
  const steps = Array.from({ length: many }, (_, n) =>
    [
      `  - id: s${n}`,
      `    name: {zh: 通知第 ${n + 1} 组, en: Tell group ${n + 1}}`,
      `    needs: [${n % 10 === 0 ? '' : `s${n - 1}`}]`,
      '    uses: wecom/send_message',
      '    with: {to_users: ["p0001"], text: "x"}',
    ].join('\n'),
  );
  return [
    'dsl: 1',
    'id: wide',
    'name: {zh: 两百个节点, en: Two hundred steps}',
    'on: {manual: {}}',
    'connections: {wecom: {type: wecom, ref: main}}',
    'steps:',
    ...steps,
    '',
  ].join('\n');
}

test('实时计数：页面上的数字跟着运行走', async ({ browser }) => {
  await house.faults([{ path: '/cgi-bin/user/create', effect: { delay_ms: 3000 } }]);
  const page = await enter(browser, house, 'lin.hai');
  const { run } = JSON.parse(await house.cli('run', 'downstream', '--output', 'json')) as { run: string };
  await page.goto(`${house.url}/w/default/runs/${run}`);
  await page
    .getByRole('region', { name: '步骤图' })
    .getByRole('button', { name: /创建用户/ })
    .waitFor();
  // What the page shows, with the time of the frame; and beside it what the server says to whoever asks all the time.
  await page.evaluate(() => {
    const shown: [number, number][] = [];
    Object.assign(globalThis, { shown });
    const look = () => {
      const text = document.querySelector('section[aria-label="步骤图"]')?.textContent ?? '';
      const done = Number(/已完成 (\d+) \//.exec(text)?.[1] ?? '0');
      if (done > (shown.at(-1)?.[1] ?? 0))
        requestAnimationFrame(() => shown.push([performance.timeOrigin + performance.now(), done]));
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true });
    // What stands there already is not as late as the next change in the page.
    look();
  });
  const truth: [number, number][] = [];
  let before = Date.now();
  for (let over = false; !over; ) {
    const answer = await page.request.get(`${house.url}/api/v1/runs/${run}`);
    const { status, progress } = (await answer.json()) as {
      status: string;
      progress?: { done: number } | null;
    };
    over = !['queued', 'planning', 'applying'].includes(status);
    const done = progress?.done ?? 0;
    // It was not so yet when it was asked before: the delay is at most what is computed from that.
    if (done > (truth.at(-1)?.[1] ?? 0)) truth.push([before, done]);
    before = Date.now();
  }
  await expect(page.getByRole('status').filter({ hasText: '成功' })).toBeVisible();
  const shown = await page.evaluate(() => (globalThis as unknown as { shown: [number, number][] }).shown);
  const behind = shown.flatMap(([at, done]) => {
    const since = truth.find(([, known]) => known >= done)?.[0];
    return since === undefined ? [] : [Math.max(0, Math.round(at - since))];
  });
  expect(behind.length).toBeGreaterThan(3);
  // 64 people and 5 departments, and never more than there are.
  expect(shown.at(-1)?.[1] ?? 0).toBeLessThanOrEqual(69);
  expect(page.complaints).toEqual([]);
  report('live', { counters: behind.length, middle_ms: middle(behind), longest_ms: Math.max(...behind) });
  await house.faults([]);
  await page.context().close();
});

test('首屏：从输入地址到概览上有内容', async ({ browser }) => {
  const kept = await enter(browser, house, 'lin.hai');
  const storageState = await kept.context().storageState();
  await kept.context().close();
  const times = [];
  // Each in a browser that has never been here; the first also wakes the server.
  for (let turn = 0; turn < 5; turn += 1) {
    const context = await browser.newContext({ locale: 'zh-CN', timezoneId: 'Asia/Shanghai', storageState });
    const page = watch(await context.newPage(), house);
    const spent = await processor(page);
    const frame = [{ selector: 'h1', text: '概览' }];
    const whole = [...frame, { selector: 'main a, [role=main] a', text: 'hr_import 第 1 次运行' }];
    const all = await untilOpened(page, `${house.url}/w/default`, whole);
    const { first_content_ms, asked } = await noted(page);
    times.push({ first_content_ms, overview_ms: all, own_ms: await spent(), asked });
    expect(page.complaints).toEqual([]);
    await context.close();
  }
  report('first', {
    first_content_ms: middle(times.map(({ first_content_ms }) => first_content_ms)),
    overview_ms: middle(times.map(({ overview_ms }) => overview_ms)),
    own_ms: middle(times.map(({ own_ms }) => own_ms)),
    asked: times.at(-1)?.asked,
  });
});

test('两百个节点的图：打开工作流就看到', async ({ browser }) => {
  writeFileSync(join(house.folder, 'wide.yaml'), wide());
  await house.cli('workflow', 'create', '--file', 'wide.yaml', '--id', 'wide');
  const page = await enter(browser, house, 'lin.hai');
  const list = async () => {
    await page.getByRole('navigation', { name: '主菜单' }).getByRole('link', { name: '工作流', exact: true }).click();
    await page.getByRole('main').getByRole('link', { name: '两百个节点' }).waitFor();
  };
  const open = () =>
    untilShown(page, [{ selector: '.graph-node', many }, { selector: '.graph-line[d^=M]' }], () =>
      page.getByRole('main').getByRole('link', { name: '两百个节点' }).click(),
    );
  await list();
  const spent = await processor(page);
  const first = await open();
  const own = await spent();
  const { asked } = await noted(page);
  await expect(page.locator('.graph-node')).toHaveCount(many + 1);
  await list();
  const again = await open();
  expect(page.complaints).toEqual([]);
  report('graph', { nodes: many, first_ms: first, own_ms: own, again_ms: again, asked: asked.slice(-8) });
  await page.context().close();
});
