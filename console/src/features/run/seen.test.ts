/** Does whoever may not approve come to the run that waits, and nobody to a refusal? */
import { afterEach, expect, test } from 'vitest';

import { answered } from '#/api/answered';

const asked: string[] = [];
let answers: Record<string, () => Response> = {};

answered(({ method, url }: Request) => {
  const what = `${method} ${new URL(url).pathname.replace('/api/v1', '')}`;
  asked.push(what);
  return Promise.resolve((answers[what] ?? (() => new Response('{}', { status: 500 })))());
});

const { approveSeen } = await import('./seen.ts');

const held = {
  'GET /runs/r': () => Response.json({ status: 'held' }),
  'GET /runs/r/plan': () => Response.json({ hash: 'h' }),
};
const refused = (code: string) => () =>
  Response.json({ code, reason: { zh: '', en: code }, hint: { zh: '', en: '' } }, { status: 403 });
const seen = { hash: 'h', checked: false, may: true };

afterEach(() => {
  asked.length = 0;
  answers = {};
});

test('a held run with the plan that was seen is approved', async () => {
  answers = { ...held, 'POST /runs/r/approve': () => Response.json({}) };
  expect(await approveSeen('r', seen)).toBe('goes');
  expect(asked.at(-1)).toBe('POST /runs/r/approve');
});

test('whoever may not approve asks for nothing: the run waits', async () => {
  answers = held;
  expect(await approveSeen('r', { ...seen, may: false })).toBe('waits');
  expect(asked).toEqual(['GET /runs/r']);
});

test('a run that nobody has to approve goes, whoever began it', async () => {
  answers = { 'GET /runs/r': () => Response.json({ status: 'applying' }) };
  expect(await approveSeen('r', { ...seen, may: false })).toBe('goes');
});

test.each(['four_eyes_starter', 'four_eyes_editor', 'approver_not_named'])('%s: it waits for others', async (code) => {
  answers = { ...held, 'POST /runs/r/approve': refused(code) };
  expect(await approveSeen('r', seen)).toBe('waits');
});

test('any other refusal is told', async () => {
  answers = { ...held, 'POST /runs/r/approve': refused('plan_changed') };
  await expect(approveSeen('r', seen)).rejects.toThrow('plan_changed');
});
