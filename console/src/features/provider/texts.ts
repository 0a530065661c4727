/** Words of the provider's way. */
import type { components } from '#/api/contract';
import { texts } from '#/texts/language';
import type { Look } from '#/texts/states';

type Schemas = components['schemas'];

export const providerTexts = texts('provider', {
  title: {
    zh: (name: string) => `服务商代开发授权：${name}`,
    en: (name: string) => `Authorisation by a provider: ${name}`,
  },
  connection: { zh: '账号连接的设置', en: 'Settings of the connection' },
  notThisWay: {
    zh: '这个账号连接使用企业自建应用，不需要服务商授权。',
    en: 'This connection uses the company’s own app: no provider has to be authorised.',
  },
  notReady: { zh: '还没有配置服务商', en: 'No service provider is set up yet' },
  setUp: { zh: '配置服务商', en: 'Set one up' },
  next: { zh: '下一步', en: 'Next' },
  company: { zh: '企业', en: 'Company' },
  until: { zh: '通讯录编辑授权有效至', en: 'People may be changed until' },
  confirmed: { zh: '已用一次无害调用确认', en: 'a harmless call has shown it' },
  published: { zh: '应用已上线', en: 'App published' },
  inviteApp: { zh: '生成代开发授权二维码', en: 'Make the code that authorises the app' },
  inviteContacts: { zh: '生成通讯录编辑授权二维码', en: 'Make the code that lets people be changed' },
  scanApp: {
    zh: '请企业管理员用企业微信扫码，授权服务商代开发应用',
    en: 'An administrator of the company scans this with WeCom and lets the provider build the app',
  },
  scanContacts: {
    zh: '请企业管理员用企业微信再次扫码，授权添加和修改成员（2 小时内有效）',
    en: 'An administrator of the company scans this with WeCom and lets people be added and changed, for two hours',
  },
  code: { zh: '授权二维码', en: 'Code to scan' },
  goodUntil: { zh: '二维码有效至', en: 'Good until' },
  hiddenLink: { zh: '没有权限查看授权链接', en: 'You may not see the link' },
  link: { zh: '授权链接', en: 'Link' },
  say_app_built: { zh: '标记为已授权', en: 'Say that it has authorised' },
  say_online: { zh: '标记为已上线', en: 'Say that the app is online' },
  say_contacts_granted: { zh: '标记为已授权编辑', en: 'Say that people may be changed' },
  say_expired: { zh: '标记为已过期', en: 'Say that it is over' },
  sayAbout: {
    zh: '企业微信的通知没有到达时，可以由人确认。',
    en: 'Where no callback of WeCom came, a person can say it.',
  },
  authCode: { zh: '授权码（auth_code），没有则留空', en: 'Code of the authorisation (auth_code), if there is one' },
  release: { zh: '取消授权', en: 'Release' },
  releaseSure: {
    zh: '本地保存的授权会清除，使用这个账号连接的工作流不能再运行。',
    en: 'What is kept of the authorisation is forgotten; workflows that use this connection cannot run.',
  },
  done: { zh: '已保存', en: 'Saved' },
  history: { zh: '经过', en: 'What happened' },
  stage: { zh: '状态', en: 'Stage' },
  when: { zh: '时间', en: 'When' },
  how: { zh: '方式', en: 'How' },
  by: { zh: '由谁', en: 'By' },
  nothingYet: { zh: '还没有开始', en: 'Nothing happened yet' },
  unsupported: { zh: '不支持的方式', en: 'Not supported' },
  provider: { zh: '服务商', en: 'Service provider' },
  about: {
    zh: '整个系统一个服务商：有了它，企业扫码授权后由服务商代开发应用，不需要自己填写 Secret。企业自建应用不需要这里的配置。',
    en: 'One provider for the installation: a company scans a code, and the provider builds the app; no secrets have to be typed. A company’s own app needs none of this.',
  },
  receivers: { zh: '指令回调', en: 'Addresses for commands' },
  address: { zh: '指令回调 URL', en: 'Address' },
  ticket: { zh: '最近的 ticket', en: 'Newest ticket' },
  command: { zh: '最近的指令', en: 'Newest command' },
  refused: { zh: '最近被拒绝', en: 'Last refused' },
  never: { zh: '还没有', en: 'not yet' },
  newKeys: { zh: '生成新密钥', en: 'Make new keys' },
  newKeysSure: { zh: '旧密钥在一天内仍然有效。', en: 'The old ones stay good for a day.' },
  keysTitle: { zh: '请现在复制，关闭后不再显示', en: 'Copy these now: they are not shown again' },
  remove: { zh: '移除服务商', en: 'Remove the provider' },
  removeSure: {
    zh: '通过服务商授权的账号连接不能再使用。',
    en: 'Connections that come by it cannot be used any more.',
  },
  strays: { zh: '不属于任何账号连接的授权', en: 'Authorisations that belong to no connection' },
});

export const grants = {
  app: { zh: '代开发应用', en: 'The app' },
  contacts: { zh: '通讯录编辑', en: 'Changing people' },
} as const satisfies Record<Schemas['ProviderGrant'], { zh: string; en: string }>;

export const moves = {
  callback: { zh: '企业微信通知', en: 'told by WeCom' },
  operator: { zh: '人工确认', en: 'said by a person' },
  time: { zh: '到期', en: 'time passed' },
} as const satisfies Record<Schemas['ProviderMove'], { zh: string; en: string }>;

export const stages = {
  not_invited: { zh: '未邀请', en: 'Not invited', tone: 'quiet' },
  invited: { zh: '等待扫码', en: 'Waits for the scan', tone: 'warn' },
  app_built: { zh: '已授权，等待上线', en: 'Authorised, not online yet', tone: 'warn' },
  online: { zh: '已上线，可读取', en: 'Online: people can be read', tone: 'good' },
  contacts_granted: { zh: '可编辑通讯录', en: 'People can be changed', tone: 'good' },
  expired: { zh: '编辑授权已过期', en: 'May not change people any more', tone: 'warn' },
  cancelled: { zh: '已取消授权', en: 'Released', tone: 'bad' },
} as const satisfies Record<Schemas['ProviderStage'], Look>;
