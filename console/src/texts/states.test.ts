import { expect, test } from 'vitest';

import { isPlanMade, plannedChanges, runLook } from './states.ts';

const planned = {
  user: { create: 2828, update: 3, remove: 0, unchanged: 120, invalid: 4, ambiguous: 2, skipped: 7, blocked: 1 },
  department: { create: 300 },
};

test('a plan says how many changes it would make, and is no success', () => {
  const run = { status: 'succeeded_no_change', mode: 'plan', planned } as const;
  expect(plannedChanges(run)).toBe(3131);
  expect(runLook(run)).toMatchObject({ zh: '预演完成，将改动 3,131 项', en: 'Planned, 3,131 to change' });
  expect(runLook(run).tone).not.toBe('good');
});

test('a plan without a change says so, and one that nobody counted here says only that it was made', () => {
  const nothing = { status: 'succeeded_no_change', mode: 'plan', planned: { user: { unchanged: 5 } } } as const;
  expect(runLook(nothing).zh).toBe('预演完成，没有要做的改动');
  expect(runLook({ status: 'succeeded_no_change', mode: 'plan' }).zh).toBe('预演完成');
  expect(runLook({ status: 'succeeded_no_change', mode: 'plan', planned: null }).zh).toBe('预演完成');
});

test('a plan that failed or goes on, and a run that changed nothing, stay what they are', () => {
  expect(runLook({ status: 'failed', mode: 'plan', planned }).zh).toBe('失败');
  expect(runLook({ status: 'planning', mode: 'plan', planned }).zh).toBe('预演中');
  expect(isPlanMade({ status: 'succeeded_no_change', mode: 'apply' })).toBe(false);
  expect(runLook({ status: 'succeeded_no_change', mode: 'apply', planned }).zh).toBe('成功（没有变化）');
});
