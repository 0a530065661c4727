/** Words of undecided pairs and links. */
import { texts } from '#/texts/language';

export const matchingTexts = texts('matching', {
  matching: { zh: '账号绑定', en: 'Account binding' },
  tabUndecided: { zh: '待决定', en: 'Undecided' },
  tabDecisions: { zh: '已作的决定', en: 'Decisions' },
  about: {
    zh: '这些对象无法自动判定对应关系。决定后，下一次运行照此执行。',
    en: 'idflow does not decide which object these are. The next run does as you decide.',
  },
  none: { zh: '没有需要决定的', en: 'Nothing is undecided' },
  noDecisions: {
    zh: '没有待执行的决定。已由运行执行的在“已绑定”里，也在那里解除；是谁决定的，见审计日志。',
    en: 'No decision waits to be carried out. What a run has carried out stands among the links, and is taken back there; who decided stands in the audit log.',
  },
  whoDecided: { zh: '审计日志', en: 'Audit log' },
  object: { zh: '待判定的对象', en: 'Undecided object' },
  inDirectory: { zh: '目录', en: 'directory' },
  candidates: { zh: '可能的对应对象', en: 'It could be' },
  why: { zh: '原因', en: 'Reason' },
  connection: { zh: '账号连接', en: 'Connection' },
  run: { zh: '运行', en: 'Run' },
  filter: { zh: '哪些', en: 'Which' },
  inAll: { zh: (n: string) => `共 ${n} 个`, en: (n: string) => `${n} in all` },
  sameMany: { zh: (n: string) => `这 ${n} 对都是同一个`, en: (n: string) => `These ${n} are the same` },
  manySure: {
    zh: (n: string) => `以下 ${n} 对逐一绑定，请确认每一对都是同一个：`,
    en: (n: string) => `Each of these ${n} is linked to its candidate. See that both sides are the same one:`,
  },
  taken: { zh: '已决定对应别人', en: 'decided to be somebody else' },
  same: { zh: '是同一个', en: 'The same' },
  other: { zh: '不是同一个', en: 'Another one' },
  create: { zh: '新建', en: 'Make a new one' },
  ignore: { zh: '不处理', en: 'Leave alone' },
  sameSure: {
    zh: (who: string, what: string) => `把 ${who} 绑定到 ${what}`,
    en: (who: string, what: string) => `${who} is linked to ${what}`,
  },
  createSure: {
    zh: (who: string) => `${who} 在另一侧没有对应：下一次运行为其新建，不使用已有的`,
    en: (who: string) =>
      `${who} has no counterpart on the other side: the next run makes a new one, and uses none that is there`,
  },
  ignoreSure: {
    zh: (who: string) => `${who} 不同步，直到改变决定`,
    en: (who: string) => `${who} is left alone until decided otherwise`,
  },
  done: { zh: '已记录，下一次运行生效', en: 'Kept; the next run does so' },
  decided: { zh: '已决定', en: 'Decided' },
  change: { zh: '更改', en: 'Change' },
  changeTo: { zh: (what: string) => `改为“${what}”`, en: (what: string) => `Change to “${what}”` },
  changeThere: { zh: '在“已作的决定”中更改', en: 'Change it among the decisions' },
  changeSure: {
    zh: (before: string, after: string) => `原来的决定是“${before}”，由这一个代替：${after}`,
    en: (before: string, after: string) => `“${before}” was decided; this takes its place: ${after}`,
  },
  createKeySure: {
    zh: (key: string) => `${key} 在另一侧没有对应：读取它的下一次运行为其新建，不使用已有的`,
    en: (key: string) =>
      `${key} has no counterpart on the other side: the next run that reads it makes a new one, and uses none that is there`,
  },
  choice: { zh: '决定', en: 'Decision' },
  by: { zh: '决定人', en: 'By' },
  at: { zh: '时间', en: 'When' },
  note: { zh: '备注', en: 'Note' },
  key: { zh: '对象标识', en: 'Key there' },
  links: { zh: '已绑定', en: 'Links' },
  find: { zh: '查找姓名、标识', en: 'Find a name or key' },
  addLink: { zh: '添加绑定', en: 'Add a link' },
  bind: { zh: '绑定', en: 'Link them' },
  bound: {
    zh: (who: string, key: string) => `已记录：${who} 是 ${key}，下一次运行绑定`,
    en: (who: string, key: string) => `Kept: ${who} is ${key}; the next run links them`,
  },
  person: { zh: '目录中的人员', en: 'Person of the directory' },
  personNeeded: { zh: '请选择人员', en: 'Choose the person' },
  findPerson: { zh: '按姓名、拼音、账号、工号查找', en: 'Find by name, pinyin, account or number' },
  account: { zh: '对方系统中的账号（企业微信为 userid）', en: 'Account there (the userid in WeCom)' },
  accountNeeded: { zh: '请填写账号', en: 'Give the account' },
  accountHelp: {
    zh: '按姓名、拼音、账号或完整的手机号（对方系统显示号码时）查找，从列出的成员中选择。',
    en: 'Find by name, pinyin, account or a mobile number in full, where the system shows numbers, and choose one of those listed.',
  },
  nobodyThere: { zh: '对方系统里没有找到', en: 'Nobody is called so there' },
  boundTo: { zh: (who: string) => `已绑定 ${who}`, en: (who: string) => `linked to ${who}` },
  whyBound: { zh: '备注', en: 'Note' },
  departments: { zh: '部门', en: 'Departments' },
  number: { zh: '工号', en: 'Number' },
  mobile: { zh: '手机号', en: 'Mobile' },
  besides: {
    zh: '待审批的运行会在同名对象旁边新建的人也在这里：作出决定，驳回那次运行，再重新运行。没有列出的，用“添加绑定”按姓名查找。',
    en: 'Whom a held run would make beside a namesake is here, too: decide, reject that run, and run again. Anybody else is linked by name.',
  },
  apart: { zh: '都不是，新建', en: 'None of them, make a new one' },
  apartSure: {
    zh: (who: string, others: string) => `${who} 不是 ${others}：下一次运行在旁边新建`,
    en: (who: string, others: string) => `${who} is not ${others}: the next run makes another one beside`,
  },
  name: { zh: '名称', en: 'Name' },
  there: { zh: '对方系统中的标识', en: 'Key there' },
  here: { zh: '目录中的标识', en: 'Key in the directory' },
  rule: { zh: '绑定方式', en: 'Matched by' },
  since: { zh: '绑定时间', en: 'Since' },
  noLinks: { zh: '这个账号连接还没有绑定', en: 'This connection has no links yet' },
  noConnection: { zh: '还没有账号连接', en: 'There is no connection yet' },
  remove: { zh: '解除绑定', en: 'Remove the link' },
  removeSure: {
    zh: (who: string) =>
      `解除 ${who} 的绑定；对方系统中的账号不受影响。此后两者视为不是同一个，规则不会再把它们绑定，直到有人用“添加绑定”重新绑定。`,
    en: (who: string) =>
      `The link of ${who} is removed; the account there stays as it is. From then on the two are kept apart: no rule links them again, until somebody does by “Add a link”.`,
  },
  removed: { zh: '已解除', en: 'Removed' },
  gone: { zh: '对方系统中已不存在', en: 'Gone there' },
  kind: { zh: '类型', en: 'Kind' },
});

/** What somebody can decide. */
export const choices = {
  same: matchingTexts.same,
  other: matchingTexts.other,
  create: matchingTexts.create,
  ignore: matchingTexts.ignore,
} as const;

/** How a link came to be. */
export const rules: Record<string, { zh: string; en: string }> = {
  created: { zh: '由 idflow 新建', en: 'made by idflow' },
  linked: { zh: '已绑定', en: 'linked before' },
  manual: { zh: '人工绑定', en: 'by a person' },
};

/** Which undecided objects are listed. */
export const filterWords = {
  open: { zh: '还没有决定', en: 'not decided yet' },
  decided: { zh: '已决定', en: 'decided' },
  proposed: { zh: '只有一个可能', en: 'with one candidate' },
  ambiguous: { zh: '有几个可能', en: 'with several candidates' },
  alone: { zh: '没有对应', en: 'with no candidate' },
  beside: { zh: '会在同名的旁边新建', en: 'would be made beside a namesake' },
} as const;

/** What speaks for a candidate. */
export const reasons: Record<string, { zh: string; en: string }> = {
  name: { zh: '姓名相同', en: 'same name' },
  pinyin: { zh: '拼音相同', en: 'same pinyin' },
  department: { zh: '部门相同', en: 'same department' },
  position: { zh: '职务相同', en: 'same position' },
  alias: { zh: '别名相同', en: 'same alias' },
  manager: { zh: '上级相同', en: 'same manager' },
};
