/** Words of messages to people. */
import type { components } from '#/api/contract';
import { plural, type Text, texts } from '#/texts/language';
import type { Look } from '#/texts/states';

type Schemas = components['schemas'];

export const messageTexts = texts('message', {
  title: { zh: '消息', en: 'Messages' },
  comma: { zh: '、', en: ', ' },
  compose: { zh: '发消息', en: 'Write a message' },
  none: { zh: '还没有发过消息', en: 'No message was sent yet' },
  connection: { zh: '账号连接', en: 'Connection' },
  connectionAny: { zh: '唯一可以发消息的那个', en: 'The only one that can send' },
  noConnection: {
    zh: '还没有可以发消息的账号连接。',
    en: 'There is no connection that can send messages.',
  },
  addConnection: { zh: '添加账号连接', en: 'Add a connection' },
  to: { zh: '发给谁', en: 'To whom' },
  some: { zh: '指定人员和部门', en: 'People and departments' },
  everybody: { zh: '应用可见范围内的所有人', en: 'Everybody whom the app can reach' },
  people: { zh: '人员', en: 'People' },
  findPeople: { zh: '输入姓名、拼音、账号或工号', en: 'Name, pinyin, account or number' },
  departments: { zh: '部门（含下级）', en: 'Departments, with all below them' },
  tags: { zh: '企业微信标签', en: 'Tags of WeCom' },
  tagsHelp: { zh: '输入名称或编号后按回车', en: 'Type a name or number and press Enter' },
  form: { zh: '形式', en: 'Form' },
  text: { zh: '文本', en: 'Text' },
  markdown: { zh: 'Markdown', en: 'Markdown' },
  card: { zh: '卡片', en: 'Card' },
  content: { zh: '内容', en: 'Content' },
  cardTitle: { zh: '标题', en: 'Title' },
  description: { zh: '说明', en: 'Description' },
  url: { zh: '打开的地址', en: 'Address that it opens' },
  bytes: { zh: (n: string) => `${n} / 2048 字节`, en: (n: string) => `${n} of 2048 bytes` },
  tooLong: { zh: '内容超过 2048 字节', en: 'The content is longer than 2048 bytes' },
  noContent: { zh: '请填写内容', en: 'Write something' },
  noOne: { zh: '请选择接收人', en: 'Choose who gets it' },
  check: { zh: '查看接收人', en: 'Show who gets it' },
  checked: {
    zh: (reach: number, total: number) => `${total} 个接收对象中，${reach} 个可以收到`,
    en: (reach: number, total: number) => `${reach} of ${total} ${plural(total, 'receiver', 'receivers')} can get it`,
  },
  skipUnbound: { zh: '跳过收不到的，发给其他人', en: 'Leave those out, and send to the others' },
  sendTo: { zh: (n: string) => `发送给这 ${n} 个接收对象`, en: (n: string) => `Send to these ${n}` },
  send: { zh: '发送', en: 'Send' },
  sendAll: { zh: '发送给所有人', en: 'Send to everybody' },
  sendAllSure: {
    zh: '应用可见范围内的每个人都会收到这条消息。确定发送？',
    en: 'Everybody in the visible range of the app gets this message. Send it?',
  },
  someMissing: {
    zh: '有人收不到：请改正，或勾选跳过。',
    en: 'Some cannot get it: mend that, or leave them out.',
  },
  nobody: { zh: '没有人能收到', en: 'Nobody can get it' },
  checkFirst: { zh: '请先查看接收人', en: 'Look first who gets it' },
  sent: { zh: '已提交发送', en: 'It is on its way' },
  time: { zh: '时间', en: 'Time' },
  by: { zh: '发送人', en: 'Sent by' },
  state: { zh: '状态', en: 'State' },
  reached: { zh: '送达', en: 'Reached' },
  ofAll: { zh: (n: string, all: string) => `${n} / ${all}`, en: (n: string, all: string) => `${n} of ${all}` },
  receivers: { zh: '接收人', en: 'Receivers' },
  receiver: { zh: '接收对象', en: 'Receiver' },
  outcome: { zh: '结果', en: 'Outcome' },
  key: { zh: '企业微信账号', en: 'Account in WeCom' },
  firstOnly: {
    zh: (shown: string, all: string) => `显示前 ${shown} 个，共 ${all} 个`,
    en: (shown: string, all: string) => `The first ${shown} of ${all}`,
  },
  result: { zh: '企业微信的回答', en: 'What WeCom answered' },
  due: { zh: '下次尝试', en: 'Next try' },
  recall: { zh: '撤回', en: 'Recall' },
  recallSure: {
    zh: '撤回后，接收人不再看到这条消息；已经看过的无法消除。',
    en: 'Its receivers see it no more; whoever read it has read it.',
  },
  recalled: { zh: '已撤回', en: 'It was taken back' },
  messageOf: { zh: '消息详情', en: 'Message' },
});

export const messageStates = {
  checked: { zh: '已检查', en: 'Checked', tone: 'quiet' },
  waiting: { zh: '等待发送', en: 'Waits', tone: 'busy' },
  sending: { zh: '正在发送', en: 'Sending', tone: 'busy' },
  sent: { zh: '已发送', en: 'Sent', tone: 'good' },
  partial: { zh: '部分送达', en: 'Partial', tone: 'warn' },
  failed: { zh: '发送失败', en: 'Failed', tone: 'bad' },
  unknown: { zh: '结果未知', en: 'Not known', tone: 'warn' },
  recalled: { zh: '已撤回', en: 'Taken back', tone: 'quiet' },
} as const satisfies Record<Schemas['MessageState'], Look>;

export const receiverOutcomes = {
  waiting: { zh: '可以收到', en: 'Can get it', tone: 'good' },
  sent: { zh: '已发送', en: 'Sent', tone: 'good' },
  missing: { zh: '没有此人', en: 'Not known', tone: 'bad' },
  unbound: { zh: '没有绑定账号', en: 'Not linked', tone: 'warn' },
  left: { zh: '已离职', en: 'Has left', tone: 'warn' },
  in_doubt: { zh: '账号归属待确认', en: 'Account in doubt', tone: 'warn' },
  out_of_reach: { zh: '不在应用可见范围', en: 'Out of the app’s range', tone: 'warn' },
  unlicensed: { zh: '没有接口许可', en: 'Without a licence', tone: 'warn' },
  failed: { zh: '失败', en: 'Failed', tone: 'bad' },
  unknown: { zh: '结果未知', en: 'Not known', tone: 'warn' },
} as const satisfies Record<Schemas['ReceiverOutcome'], Look>;

export const receiverKinds = {
  person: { zh: '人员', en: 'person' },
  department: { zh: '部门', en: 'department' },
  tag: { zh: '标签', en: 'tag' },
} as const satisfies Record<Schemas['ReceiverKind'], Text>;
