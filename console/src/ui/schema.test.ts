/** Shapes of settings: what a form tells before the server is asked. */
import { expect, test } from 'vitest';

import { badShape, changed, filled, nothingGiven, wellShaped, shapeOf } from './schema.ts';

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

test('what a pattern asks for is said where it is simple', () => {
  expect(shapeOf('[0-9]{1,10}')).toEqual({ digits: ['1', '10'] });
  expect(shapeOf('(ww|wx|wp)[A-Za-z0-9_-]{4,62}')).toEqual({ begins: ['ww', 'wx', 'wp'] });
  expect(shapeOf('dk[A-Za-z0-9_-]{1,62}')).toEqual({ begins: ['dk'] });
  for (const pattern of [undefined, null, '', '.+', '(a|b)?[x]']) expect(shapeOf(pattern)).toBeUndefined();
});
