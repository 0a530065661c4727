import { expect, test } from 'vitest';

import { sentMail, standing } from './mail.ts';

const mail = {
  ca: '-----BEGIN CERTIFICATE-----',
  configured: true,
  etag: 'a',
  from: 'idflow@example.com',
  has_password: true,
  host: 'mail.example.com',
  port: 465,
  security: 'tls' as const,
  username: 'idflow',
};

test('what the form does not show is sent as it was', () => {
  const sent = sentMail({ ...standing(mail), from: 'other@example.com' }, mail);
  expect(sent).toEqual({
    ca: '-----BEGIN CERTIFICATE-----',
    from: 'other@example.com',
    host: 'mail.example.com',
    port: 465,
    security: 'tls',
    username: 'idflow',
  });
  expect(sentMail({ ...standing(mail), password: 'new' }, { ...mail, ca: null })).toMatchObject({ password: 'new' });
});
