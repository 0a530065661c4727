import { expect, test } from 'vitest';

import type { Step } from './queries.ts';
import { screenOf, stepOf } from './stages.ts';

const title = { zh: '步骤', en: 'Step' };
const step = (name: Step['step'], state: Step['state'], run = false): Step =>
  ({ step: name, title, state, ...(run ? { run: { run: 'r' } } : {}) }) as Step;

test('values are asked until they are good, then the plan waits, then the run is shown', () => {
  expect(screenOf(undefined)).toBe('values');
  const bad = { steps: [step('connection', 'done'), step('doctor', 'failed'), step('plan', 'todo')] };
  expect(screenOf(bad)).toBe('values');
  const planned = { steps: [step('doctor', 'done'), step('plan', 'doing', true), step('run', 'todo')] };
  expect(screenOf(planned)).toBe('plan');
  const over = { steps: [step('doctor', 'done'), step('plan', 'done', true), step('run', 'doing', true)] };
  expect(screenOf(over)).toBe('run');
});

test('a run that has begun is shown also when the connection broke since', () => {
  const broke = { steps: [step('doctor', 'failed'), step('plan', 'done', true), step('run', 'failed', true)] };
  expect(screenOf(broke)).toBe('run');
  expect(stepOf(broke, 'run')?.state).toBe('failed');
});
