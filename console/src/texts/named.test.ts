import { expect, test } from 'vitest';

import { named } from './named.ts';

const settings = [
  { name: 'app_secret', title: { zh: '应用 Secret', en: 'App secret' } },
  { name: 'contacts_secret', title: { zh: '通讯录同步 Secret', en: 'Contact-sync secret' } },
  { name: 'token', title: { zh: '令牌', en: 'Token of the callback' } },
];

test('what the form calls a setting is what the sentence calls it', () => {
  const said = {
    zh: '两个 Secret 填反了：app_secret 是通讯录同步的，contacts_secret 是应用的',
    en: 'app_secret is that of the contact sync; the token of corp_id is good',
  };
  expect(named(said, settings)).toEqual({
    zh: '两个 Secret 填反了：应用 Secret 是通讯录同步的，通讯录同步 Secret 是应用的',
    en: 'App secret is that of the contact sync; the token of corp_id is good',
  });
});

test('a name of one word is one behind the word column, and a word elsewhere', () => {
  const fields = [
    { name: 'external_id', title: { zh: '工号', en: 'Employee number' } },
    { name: 'mobile', title: { zh: '手机号', en: 'Mobile' } },
  ];
  const said = { zh: '列 mobile 的值 mobile 无法识别；列 external_id', en: 'the column mobile has a mobile' };
  expect(named(said, fields)).toEqual({
    zh: '列 手机号 的值 mobile 无法识别；列 工号',
    en: 'the column Mobile has a mobile',
  });
});
