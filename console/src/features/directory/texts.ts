/** Words of the directory: people and departments. */
import { plural, texts } from '#/texts/language';

export const directoryTexts = texts('directory', {
  people: { zh: '用户管理', en: 'People' },
  find: { zh: '姓名、拼音、账号、工号', en: 'Name, pinyin, account or number' },
  departments: { zh: '部门', en: 'Departments' },
  everyone: { zh: '全部人员', en: 'Everybody' },
  name: { zh: '姓名', en: 'Name' },
  account: { zh: '账号', en: 'Account name' },
  number: { zh: '工号', en: 'Number' },
  title: { zh: '职务', en: 'Position' },
  status: { zh: '状态', en: 'Status' },
  counts: { zh: (n: number) => `${n} 人`, en: (n: number) => `${n} ${plural(n, 'person', 'people')}` },
  none: { zh: '目录里还没有人员', en: 'There is nobody in the directory yet' },
  noneNext: { zh: '从企业微信或文件开始', en: 'Begin with WeCom or a file' },
  field: { zh: '字段', en: 'Field' },
  value: { zh: '值', en: 'Value' },
  links: { zh: '绑定', en: 'Links' },
  noLinks: { zh: '还没有绑定到其他系统', en: 'Linked to no other system yet' },
  failures: { zh: '没有同步成功', en: 'Left behind' },
  why: { zh: '为什么是这样', en: 'Why it is so' },
  whyNow: { zh: '现在：', en: 'Now:' },
  noRuns: { zh: '最近的运行都没有涉及此人', en: 'No recent run was about this person' },
  history: { zh: '查看相关运行', en: 'Show runs about this person' },
  reveal: { zh: '显示完整值', en: 'Show full values' },
  revealNote: { zh: '查看完整值会记入审计日志。', en: 'Looking at full values is recorded in the audit log.' },
  leader: { zh: '负责人', en: 'leader' },
  since: { zh: '绑定时间', en: 'Linked since' },
});

/** What the fields of a person are called. */
export const fieldNames = texts('directory fields', {
  id: { zh: '唯一标识', en: 'Key' },
  name: { zh: '姓名', en: 'Name' },
  username: { zh: '账号', en: 'Account name' },
  employee_no: { zh: '工号', en: 'Number' },
  external_id: { zh: '工号', en: 'Number' },
  mobile: { zh: '手机号', en: 'Mobile number' },
  email: { zh: '邮箱', en: 'E-mail' },
  biz_mail: { zh: '企业邮箱', en: 'Business e-mail' },
  telephone: { zh: '座机', en: 'Telephone' },
  title: { zh: '职务', en: 'Position' },
  alias: { zh: '别名', en: 'Alias' },
  english_name: { zh: '英文名', en: 'English name' },
  gender: { zh: '性别', en: 'Gender' },
  address: { zh: '地址', en: 'Address' },
  departments: { zh: '所属部门', en: 'Departments' },
  primary_department: { zh: '主部门', en: 'Main department' },
  managers: { zh: '直属上级', en: 'Managers' },
  status: { zh: '状态', en: 'Status' },
  order: { zh: '排序值', en: 'Sort value' },
  parent: { zh: '上级部门', en: 'Parent department' },
  hired_at: { zh: '入职日期', en: 'Hired' },
  left_at: { zh: '离职日期', en: 'Left' },
});

/** How a person stands. */
export const personStates = {
  active: { zh: '在职', en: 'Active', tone: 'good' },
  disabled: { zh: '禁用', en: 'Disabled', tone: 'warn' },
  left: { zh: '离职', en: 'Left', tone: 'quiet' },
} as const;
