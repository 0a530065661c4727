/** Words of the playground. */
import type { components } from '#/api/contract';
import { plural, texts } from '#/texts/language';

type Schemas = components['schemas'];

export const playgroundTexts = texts('playground', {
  playground: { zh: '模拟器', en: 'Playground' },
  about: {
    zh: '服务里的一个模拟企业微信：在上面试模板和工作流，不会碰到真实企业。它只在内存里，服务停止时消失。',
    en: 'A simulated WeCom inside the server: try templates and workflows on it without touching the real company. It lives in memory and is gone when the server ends.',
  },
  off: { zh: '模拟器没有运行', en: 'The playground does not run' },
  start: { zh: '启动模拟器', en: 'Start the playground' },
  reset: { zh: '重新开始', en: 'Start anew' },
  resetSure: {
    zh: '模拟企业里的部门、成员和调用记录都会清空。',
    en: 'Its departments, members and calls are forgotten.',
  },
  stop: { zh: '停止', en: 'Stop' },
  stopSure: {
    zh: '模拟企业会消失；没有工作流使用时，它的账号连接也一并移除。',
    en: 'The company is gone, and its connection too unless a workflow needs it.',
  },
  stopped: { zh: '模拟器已停止', en: 'The playground was stopped' },
  started: { zh: '模拟器已启动', en: 'The playground runs' },
  holds: { zh: '开始时的成员', en: 'Members at the start' },
  empty: { zh: '没有成员（试下游同步）', en: 'nobody (to try a sync downstream)' },
  sample: {
    zh: (n: string) => `${n} 名虚构成员（试上游同步和绑定）`,
    en: (n: string) => `${n} invented people (to try a sync upstream, and binding)`,
  },
  connection: { zh: '账号连接', en: 'Connection' },
  since: { zh: '启动时间', en: 'Started' },
  departments: { zh: '部门', en: 'Departments' },
  people: { zh: '成员', en: 'Members' },
  calls: { zh: '收到的调用', en: 'Calls' },
  writes: { zh: '其中写入', en: 'Writes' },
  tryTemplate: { zh: '选一个模板来试', en: 'Choose a template to try' },
  trouble: { zh: '故障', en: 'What goes wrong' },
  range: { zh: '应用的可见范围', en: 'What its app sees' },
  apply: { zh: '应用', en: 'Apply' },
  applied: { zh: '从下一次调用起生效', en: 'It holds from the next call on' },
  addFault: { zh: '添加故障', en: 'Add one' },
  noFaults: { zh: '没有故障，所有调用都正常', en: 'Nothing goes wrong' },
  path: { zh: '接口', en: 'Calls' },
  kind: { zh: '会怎样', en: 'What happens' },
  errcode: { zh: '错误码', en: 'Code' },
  delay: { zh: '延迟（毫秒）', en: 'Delay (ms)' },
  percent: { zh: '占调用的 %', en: '% of calls' },
  remove: { zh: '移除', en: 'Remove' },
  seen: { zh: '最近的调用', en: 'Newest calls' },
  noCalls: {
    zh: '还没有收到调用：用它的账号连接新建工作流，然后预演或运行',
    en: 'No call came yet: make a workflow with its connection, then plan or run it',
  },
  time: { zh: '时间', en: 'Time' },
  about2: { zh: '对象', en: 'About' },
  answer: { zh: '应答', en: 'Answer' },
  fine: { zh: '成功', en: 'Done' },
  silent: { zh: '没有应答', en: 'No answer' },
  spoilt: { zh: '故障规则', en: 'By a fault' },
  countSeen: {
    zh: (n: number) => `显示最近 ${n} 次`,
    en: (n: number) => `the newest ${n} ${plural(n, 'call', 'calls')}`,
  },
});

export const kinds = {
  errcode: { zh: '返回错误码', en: 'A code is answered' },
  delay: { zh: '延迟应答', en: 'The answer is late' },
  no_answer: { zh: '没有应答（超时）', en: 'No answer (timeout)' },
  answer_lost: { zh: '已执行但应答丢失', en: 'Done, but the answer is lost' },
} as const satisfies Record<Schemas['PlaygroundFaultKind'], { zh: string; en: string }>;

export const ranges = {
  whole: { zh: '全公司', en: 'The whole company' },
  one_department: { zh: '只有一个部门', en: 'One department' },
  nobody: { zh: '看不到任何人', en: 'Nobody' },
} as const satisfies Record<Schemas['PlaygroundRange'], { zh: string; en: string }>;

/** Codes that administrators meet most. */
export const codes = {
  '60020': { zh: '企业可信 IP 未配置', en: 'address not trusted' },
  '48009': { zh: '通讯录同步无权读取', en: 'contact sync may not read' },
  '45009': { zh: '调用太频繁', en: 'too many calls' },
  '60011': { zh: '没有权限', en: 'no permission' },
  '60104': { zh: '手机号已被使用', en: 'mobile number is taken' },
  '42001': { zh: '凭证过期', en: 'token has expired' },
  '-1': { zh: '系统繁忙', en: 'system busy' },
} as const;
