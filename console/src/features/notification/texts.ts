/** Words of notifications. */
import type { components } from '#/api/contract';
import { type Text, texts } from '#/texts/language';
import type { Look } from '#/texts/states';

type Schemas = components['schemas'];

export const notificationTexts = texts('notification', {
  title: { zh: '通知', en: 'Notifications' },
  tabRules: { zh: '规则', en: 'Rules' },
  tabSent: { zh: '发送记录', en: 'Sent' },
  tabMail: { zh: '邮件服务器', en: 'Mail server' },
  none: {
    zh: '还没有通知规则：出了问题没有人会收到消息',
    en: 'There are no rules: nobody is told when something goes wrong',
  },
  add: { zh: '添加规则', en: 'Add a rule' },
  edit: { zh: '修改', en: 'Change' },
  editOf: { zh: (name: string) => `修改规则：${name}`, en: (name: string) => `Change the rule ${name}` },
  name: { zh: '名称', en: 'Name' },
  id: { zh: '标识', en: 'Id' },
  idHelp: {
    zh: '小写字母、数字和下划线，以字母开头',
    en: 'Lower-case letters, digits and underscores, a letter first',
  },
  events: { zh: '通知什么', en: 'Tells of' },
  workflows: { zh: '哪些工作流', en: 'Workflows' },
  allWorkflows: { zh: '全部工作流', en: 'All workflows' },
  channel: { zh: '发到哪里', en: 'Way' },
  connection: { zh: '用哪个账号连接发送', en: 'Connection that sends it' },
  users: { zh: '成员账号', en: 'Accounts of members' },
  departments: { zh: '部门 ID', en: 'Ids of departments' },
  tags: { zh: '标签 ID', en: 'Ids of tags' },
  typeMany: { zh: '输入后按回车，可以填多个', en: 'Press Enter after each' },
  mailTo: { zh: '收件人', en: 'Addresses' },
  url: { zh: '地址', en: 'Address' },
  urlHelp: {
    zh: '每次调用都带签名；签名密钥在保存后显示一次。',
    en: 'Each call is signed; the secret of the signature is shown once, after saving.',
  },
  newSecret: { zh: '生成新的签名密钥', en: 'Make a new secret' },
  language: { zh: '语言', en: 'Language' },
  chinese: { zh: '中文', en: 'Chinese' },
  english: { zh: '英文', en: 'English' },
  quiet: { zh: '免打扰时段', en: 'Quiet hours' },
  quietHelp: {
    zh: '此时段内不发送，结束后合并为一条。',
    en: 'Nothing is sent meanwhile; it is told in one message afterwards.',
  },
  from: { zh: '开始', en: 'From' },
  to: { zh: '结束', en: 'To' },
  zone: { zh: '时区', en: 'Time zone' },
  collect: { zh: '合并时间', en: 'Gathered for' },
  minutes: { zh: '分钟', en: 'min' },
  expiring: { zh: '审批截止前提醒', en: 'Before an approval expires' },
  hours: { zh: '小时', en: 'h' },
  enabled: { zh: '启用', en: 'In use' },
  disabled: { zh: '未启用', en: 'Not in use' },
  state: { zh: '状态', en: 'State' },
  newest: { zh: '最近一条', en: 'Newest' },
  never: { zh: '还没有发送过', en: 'Nothing sent yet' },
  waiting: { zh: (n: string) => `${n} 件待发`, en: (n: string) => `${n} to be told` },
  test: { zh: '发送测试', en: 'Send a test' },
  tested: { zh: '测试消息已送达', en: 'The test was delivered' },
  testFailed: { zh: '测试没有送达', en: 'The test was not delivered' },
  remove: { zh: '移除', en: 'Remove' },
  removeSure: { zh: (name: string) => `移除规则“${name}”？`, en: (name: string) => `Remove the rule “${name}”?` },
  removed: { zh: '已移除', en: 'Removed' },
  saved: { zh: '已保存', en: 'Saved' },
  needed: { zh: '必须填写', en: 'This is needed' },
  secretTitle: { zh: '签名密钥，请现在复制', en: 'The secret: copy it now' },
  secretText: { zh: '关闭后不再显示。', en: 'It is not shown again.' },
  noneSent: { zh: '还没有发送过通知', en: 'Nothing was sent yet' },
  time: { zh: '时间', en: 'Time' },
  rule: { zh: '规则', en: 'Rule' },
  what: { zh: '内容', en: 'What' },
  tries: { zh: (n: string) => `尝试 ${n} 次`, en: (n: string) => `tried ${n} times` },
  trial: { zh: '测试', en: 'test' },
  nextTry: { zh: '下次重试', en: 'Next try' },
  host: { zh: '服务器', en: 'Host' },
  port: { zh: '端口', en: 'Port' },
  security: { zh: '加密方式', en: 'Security' },
  username: { zh: '账号', en: 'Account' },
  password: { zh: '密码', en: 'Password' },
  passwordKept: { zh: '留空则保留原密码', en: 'Leave it empty to keep the old one' },
  sender: { zh: '发件人', en: 'From' },
  noMail: { zh: '还没有设置邮件服务器，邮件通知发不出去。', en: 'No mail server yet: mails cannot be sent.' },
  mailTest: { zh: '发送测试邮件到', en: 'Send a test mail to' },
});

export const events = {
  run_failed: { zh: '运行失败', en: 'A run failed' },
  run_held: { zh: '运行待审批', en: 'A run is held' },
  run_partial: { zh: '运行部分完成', en: 'A run was partial' },
  run_recovered: { zh: '运行恢复正常', en: 'A run recovered' },
  approval_expiring: { zh: '审批即将截止', en: 'An approval expires soon' },
  removals_waiting: { zh: '有移除等待决定', en: 'Removals wait for a decision' },
  connection_unhealthy: { zh: '账号连接异常', en: 'A connection is unwell' },
  callback_unhealthy: { zh: '事件回调被拒绝', en: 'Callbacks are refused' },
  grant_expiring: { zh: '编辑授权即将到期', en: 'A right to edit contacts ends soon' },
} as const satisfies Record<Schemas['NotificationEvent'], Text>;

export const channels = {
  message: { zh: '企业微信消息', en: 'WeCom message' },
  mail: { zh: '邮件', en: 'Mail' },
  webhook: { zh: 'Webhook', en: 'Webhook' },
} as const satisfies Record<Schemas['NotificationChannel']['kind'], Text>;

export const deliveryStates = {
  sending: { zh: '正在发送', en: 'Sending', tone: 'busy' },
  waiting: { zh: '等待重试', en: 'Waits for another try', tone: 'warn' },
  delivered: { zh: '已送达', en: 'Delivered', tone: 'good' },
  failed: { zh: '没有送达', en: 'Not delivered', tone: 'bad' },
  unknown: { zh: '结果未知', en: 'Not known', tone: 'warn' },
} as const satisfies Record<Schemas['DeliveryState'], Look>;

export const securities = {
  tls: { zh: 'TLS（通常是 465）', en: 'TLS (usually 465)' },
  starttls: { zh: 'STARTTLS（通常是 587）', en: 'STARTTLS (usually 587)' },
  none: { zh: '不加密（通常是 25，不能带密码）', en: 'None (usually 25, without a password)' },
} as const satisfies Record<Schemas['MailSecurity'], Text>;
