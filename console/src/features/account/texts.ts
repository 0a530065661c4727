/** Words of accounts, tokens and sessions. */
import { texts } from '#/texts/language';

export const accountTexts = texts('account', {
  accounts: { zh: '登录账号', en: 'Accounts' },
  name: { zh: '账号', en: 'Account name' },
  display: { zh: '显示名称', en: 'Display name' },
  email: { zh: '邮箱', en: 'E-mail' },
  roles: { zh: '角色', en: 'Roles' },
  permissions: { zh: '单项权限', en: 'Single permissions' },
  state: { zh: '状态', en: 'State' },
  signedIn: { zh: '上次登录', en: 'Last sign-in' },
  never: { zh: '从未登录', en: 'never' },
  usable: { zh: '可用', en: 'Usable' },
  disabled: { zh: '已禁用', en: 'Disabled' },
  noPassword: { zh: '未设置密码', en: 'no password yet' },
  create: { zh: '新建登录账号', en: 'New account' },
  createDone: { zh: '登录账号已新建', en: 'The account was made' },
  linkTitle: { zh: '一次性链接', en: 'One-time link' },
  linkText: {
    zh: '把这个链接交给本人。它只能用一次，用来登录并设置密码；关闭后不再显示。',
    en: 'Give this link to the person. It is good once, to sign in and set a password, and is not shown again.',
  },
  linkUntil: { zh: '有效期至', en: 'Good until' },
  newLink: { zh: '生成一次性链接', en: 'Make a one-time link' },
  disable: { zh: '禁用', en: 'Disable' },
  enable: { zh: '启用', en: 'Enable' },
  disableSure: {
    zh: (who: string) => `${who} 的会话会立即结束，不能再登录。`,
    en: (who: string) => `The sessions of ${who} end at once.`,
  },
  changeRoles: { zh: '修改角色', en: 'Change roles' },
  done: { zh: '已保存', en: 'Saved' },
  none: { zh: '还没有登录账号', en: 'There are no accounts yet' },
  onlyOwners: { zh: '只有所有者可以更改所有者', en: 'Only an owner changes an owner' },
  needName: { zh: '请填写账号', en: 'Give an account name' },
  tokens: { zh: '令牌', en: 'Tokens' },
  tokensAbout: {
    zh: '程序用令牌调用接口。权限不会超过您自己的权限；您失去的权限，令牌也会失去。',
    en: 'Programs call the API with a token. It never has more than you have, and loses what you lose.',
  },
  tokenName: { zh: '用途', en: 'What for' },
  days: { zh: '有效天数', en: 'Days' },
  newToken: { zh: '新建令牌', en: 'New token' },
  tokenShown: { zh: '令牌只显示这一次，请立即保存。', en: 'The token is shown this once: keep it now.' },
  expires: { zh: '到期', en: 'Expires' },
  used: { zh: '上次使用', en: 'Last used' },
  created: { zh: '创建时间', en: 'Created' },
  revoke: { zh: '撤销', en: 'Revoke' },
  revokeSure: {
    zh: (name: string) => `撤销后，使用“${name}”的程序会立即失效。`,
    en: (name: string) => `Programs that use “${name}” stop at once.`,
  },
  noTokens: { zh: '还没有令牌', en: 'There are no tokens yet' },
  needPermission: { zh: '请至少选择一项权限', en: 'Choose at least one permission' },
  sessions: { zh: '会话', en: 'Sessions' },
  identities: { zh: '扫码登录', en: 'Sign-in bindings' },
  identitiesAbout: {
    zh: '绑定后，登录账号的本人可以用企业微信扫码（在企业微信里免登）或单点登录进入，不需要密码。',
    en: 'Whoever is bound signs in by WeCom (with a code to scan, silently inside WeCom) or by single sign-on, without a password.',
  },
  noIdentities: {
    zh: '还没有绑定任何人，登录页只显示账号和密码',
    en: 'Nobody is bound: the sign-in page offers the password only',
  },
  bindIdentity: { zh: '绑定登录账号', en: 'Bind an account' },
  way: { zh: '登录方式', en: 'Way' },
  subject: { zh: '对方系统里的账号', en: 'Who it is there' },
  userid: { zh: '成员的企业微信账号（userid）', en: 'The userid in WeCom' },
  useridHelp: {
    zh: '管理后台 → 通讯录 → 成员详情 → 账号',
    en: 'WeCom admin console → Contacts → the member → Account',
  },
  sub: { zh: '身份提供方给出的 sub', en: 'The sub that the provider gives' },
  boundBy: { zh: '绑定人', en: 'Bound by' },
  bound: { zh: '绑定时间', en: 'Bound' },
  unbind: { zh: '解除绑定', en: 'Unbind' },
  unbindSure: {
    zh: (who: string) => `${who} 用这种方式开始的会话会立即结束，以后不能再这样登录。`,
    en: (who: string) => `Sessions of ${who} that began by it end at once, and no new ones begin so.`,
  },
  needAccount: { zh: '请选择登录账号', en: 'Choose an account' },
  needSubject: { zh: '请填写对方系统里的账号', en: 'Say who it is there' },
  connection: { zh: '账号连接', en: 'Connection' },
  account: { zh: '登录账号', en: 'Account' },
  address: { zh: '来自', en: 'From' },
  browser: { zh: '浏览器', en: 'Browser' },
  seen: { zh: '最近使用', en: 'Last seen' },
  current: { zh: '当前会话', en: 'This session' },
  endSession: { zh: '结束会话', en: 'End the session' },
  endSure: { zh: '对方需要重新登录。', en: 'They have to sign in again.' },
  noSessions: { zh: '没有会话', en: 'There are no sessions' },
});

/** Ways to sign in. */
export const ways = {
  password: { zh: '密码', en: 'Password' },
  wecom: { zh: '企业微信', en: 'WeCom' },
  oidc: { zh: '单点登录', en: 'Single sign-on' },
} as const;

/** What a role may do. */
export const roleHelp = texts('role help', {
  owner: { zh: '可以做一切，包括查看手机号等隐私值', en: 'Everything, with private values as they are' },
  admin: {
    zh: '工作流、账号连接、目录、审批、登录账号都可以；看不到完整的隐私值',
    en: 'Workflows, connections, the directory, approvals, accounts; private values stay masked',
  },
  operator: {
    zh: '启动和控制运行，导入和修改目录，处理账号绑定，发消息；不能审批，不能改工作流',
    en: 'Starts and controls runs, imports and edits people, binds accounts, sends messages; neither approves nor edits workflows',
  },
  approver: { zh: '查看，并审批运行和移除', en: 'Looks, and approves runs and removals' },
  viewer: { zh: '只能查看', en: 'Looks only' },
});

/** What a role is called. */
export const roles = {
  owner: { zh: '所有者', en: 'Owner' },
  admin: { zh: '管理员', en: 'Administrator' },
  operator: { zh: '操作员', en: 'Operator' },
  approver: { zh: '审批人', en: 'Approver' },
  viewer: { zh: '只读', en: 'Viewer' },
} as const;
