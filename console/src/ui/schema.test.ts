/** Shapes of settings: what a form tells before the server is asked. */
import { expect, test } from 'vitest';

import { badShape, changed, filled, nothingGiven, over, shapeOf, since, typedInto, wellShaped } from './schema.ts';

const setting = (more: object) =>
  ({
    name: 'corp_id',
    title: { zh: '企业ID', en: 'Corp ID' },
    kind: 'text',
    secret: false,
    required: true,
    default: null,
    doc: { zh: '', en: '' },
    advanced: false,
    identity: true,
    ...more,
  }) as Parameters<typeof badShape>[0];

const field = (name: string, secret = false) => ({ name, secret });

test('a value that is needed, one of another form, and a pattern that no browser reads', () => {
  expect(badShape(setting({}), ' ', false)).toBe('needed');
  expect(badShape(setting({ default: '1' }), '', false)).toBeUndefined();
  expect(badShape(setting({ pattern: 'ww[a-z0-9]+' }), 'ww12', false)).toBeUndefined();
  expect(badShape(setting({ pattern: 'ww[a-z0-9]+' }), 'xww12', false)).toBe('shape');
  expect(badShape(setting({ pattern: '(?<' }), 'ww12', false)).toBeUndefined();
});

test('a secret that is there need not be typed, one that is to be replaced must', () => {
  const secret = setting({ name: 'app_secret', secret: true });
  expect(wellShaped([secret], nothingGiven, new Set(['app_secret']))).toBe(true);
  expect(wellShaped([secret], nothingGiven, new Set())).toBe(false);
  expect(wellShaped([secret], { settings: {}, secrets: { app_secret: '' } }, new Set(['app_secret']))).toBe(false);
});

test('only what was typed or changed is sent', () => {
  const given = { settings: { a: ' x ', b: '', c: 'same' }, secrets: { s: '', t: 'new' } };
  expect(filled(given)).toEqual({ settings: { a: 'x', c: 'same' }, secrets: { t: 'new' } });
  expect(changed(given, { b: 'old', c: 'same' })).toEqual({ settings: { a: 'x', b: null }, secrets: { t: 'new' } });
});

test('one field that was typed is all that is sent, whatever others have saved meanwhile', () => {
  const saved = { corp_id: 'ww1', timeout: '10' };
  const typed = typedInto(nothingGiven, field('timeout'), '20', saved);
  expect(over(saved, typed).settings).toEqual({ corp_id: 'ww1', timeout: '20' });
  // Somebody else gave it another company in the meantime.
  const later = { ...saved, corp_id: 'ww2' };
  expect(over(later, typed).settings).toEqual({ corp_id: 'ww2', timeout: '20' });
  expect(changed(typed, later)).toEqual({ settings: { timeout: '20' }, secrets: {} });
  // Typed back to what is saved, it was not typed; a secret that is to be replaced is, also while it is empty.
  expect(typedInto(typed, field('timeout'), '10', saved)).toEqual(nothingGiven);
  expect(typedInto(typed, field('corp_id'), '', saved).settings).toEqual({ timeout: '20', corp_id: '' });
  expect(typedInto(nothingGiven, field('app_secret', true), '', saved).secrets).toEqual({ app_secret: '' });
});

test('what a pattern asks for is said where it is simple', () => {
  expect(shapeOf('[0-9]{1,10}')).toEqual({ digits: ['1', '10'] });
  expect(shapeOf('(ww|wx|wp)[A-Za-z0-9_-]{4,62}')).toEqual({ begins: ['ww', 'wx', 'wp'] });
  expect(shapeOf('dk[A-Za-z0-9_-]{1,62}')).toEqual({ begins: ['dk'] });
  for (const pattern of [undefined, null, '', '.+', '(a|b)?[x]']) expect(shapeOf(pattern)).toBeUndefined();
});

test('what is typed while a save is on its way is not taken for saved', () => {
  const sent = { settings: { a: '1', b: '2' }, secrets: { s: 'x' } };
  expect(since(sent, sent)).toEqual(nothingGiven);
  const typed = { settings: { a: '1', b: '3', c: '4' }, secrets: { s: 'x', t: 'y' } };
  expect(since(typed, sent)).toEqual({ settings: { b: '3', c: '4' }, secrets: { t: 'y' } });
});
