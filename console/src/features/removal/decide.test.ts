/** Does a decision reach the removals that were ticked, and no other? */
import { beforeEach, expect, test } from 'vitest';

import { answered } from '#/api/answered';

type Sent = { ids: string[]; workflow?: string; run: boolean; comment?: string };

const sent: { at: string; body: Sent }[] = [];
const paused = { code: 'workflow_paused' };
let refuse = '';

answered(async (request) => {
  const body = (await request.json()) as Sent;
  sent.push({ at: new URL(request.url).pathname, body });
  if (body.workflow === refuse) return new Response('{}', { status: 409 });
  if (body.workflow === 'half') return Response.json({ removals: [], runs: ['first'], refused: paused });
  const starts = body.run && body.workflow !== 'b';
  const runs = starts ? [`run of ${body.workflow ?? 'all'}`] : [];
  return Response.json({ removals: [], runs, refused: body.run && !starts ? paused : null });
});

const { decide } = await import('./decide.ts');

const ticked = [
  { workflow: 'a', digest: '1' },
  { workflow: 'b', digest: '2' },
  { workflow: 'a', digest: '3' },
];
const over: unknown[] = [];

beforeEach(() => {
  sent.length = 0;
  over.length = 0;
  refuse = '';
});

test('removals of two workflows are sent with their workflow: another one may ask about the same removal', async () => {
  const how = { verb: 'approve' as const, run: true, comment: ' gone ' };
  const refused = await decide(ticked, how, (rows, runs) => over.push(rows, runs));
  const more = { run: true, comment: 'gone' };
  expect(sent).toEqual([
    { at: '/api/v1/removals/approve', body: { ids: ['1', '3'], workflow: 'a', ...more } },
    { at: '/api/v1/removals/approve', body: { ids: ['2'], workflow: 'b', ...more } },
  ]);
  expect(over).toEqual([[ticked[0], ticked[2]], ['run of a'], [ticked[1]], []]);
  expect(refused).toEqual(paused);
});

test('a workflow that could not be started is no matter where another one does the same', async () => {
  const both = [
    { workflow: 'b', digest: '1' },
    { workflow: 'a', digest: '1' },
  ];
  expect(await decide(both, { verb: 'approve', run: true, comment: '' }, () => undefined)).toBeUndefined();
  expect(sent.map(({ body }) => body.workflow)).toEqual(['b', 'a']);
});

test('of the runs of one workflow one began and another did not: that is told', async () => {
  const half = [{ workflow: 'half', digest: '1' }];
  expect(await decide(half, { verb: 'approve', run: true, comment: '' }, () => undefined)).toEqual(paused);
});

test('what was decided before another workflow was refused is told, and nothing more of it', async () => {
  refuse = 'b';
  const decided = decide(ticked, { verb: 'keep', run: false, comment: '' }, (rows) => over.push(...rows));
  await expect(decided).rejects.toMatchObject({ status: 409 });
  expect(sent.map(({ body }) => body)).toEqual([
    { ids: ['1', '3'], workflow: 'a', run: false },
    { ids: ['2'], workflow: 'b', run: false },
  ]);
  expect(over).toEqual([ticked[0], ticked[2]]);
});
