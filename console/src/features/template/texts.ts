/** Words of the template gallery and the wizard. */
import { texts } from '#/texts/language';

export const templateTexts = texts('template', {
  templates: { zh: '模板库', en: 'Templates' },
  use: { zh: '使用模板创建', en: 'Use this template' },
  none: { zh: '没有模板', en: 'There are no templates' },
  find: { zh: '查找模板', en: 'Find a template' },
  category: { zh: '分类', en: 'Category' },
  needs: { zh: '需要', en: 'Needs' },
  ready: { zh: '已有账号连接', en: 'connection is there' },
  unusable: { zh: '已有账号连接，但最近一次测试未通过', en: 'connection is there, but its last test failed' },
  missing: { zh: '还没有账号连接，可在向导里添加', en: 'no connection yet; the wizard adds one' },
  builtIn: { zh: '内置', en: 'built in' },
  nodes: { zh: '节点', en: 'Steps' },
  stepConnection: { zh: '账号连接', en: 'Connection' },
  stepScope: { zh: '同步范围', en: 'Scope' },
  stepMapping: { zh: '字段映射', en: 'Mapping' },
  stepTrigger: { zh: '触发器', en: 'Trigger' },
  stepPlan: { zh: '预演并启用', en: 'Plan and activate' },
  next: { zh: '下一步', en: 'Next' },
  back: { zh: '上一步', en: 'Back' },
  kept: {
    zh: '草稿保存在服务器上，换一个浏览器也可以继续',
    en: 'The draft is kept on the server; go on in any browser',
  },
  keptNot: { zh: '作出第一个选择后会保存草稿', en: 'A draft is kept from the first decision on' },
  keptBy: { zh: (who: string) => `上次由 ${who} 修改`, en: (who: string) => `last changed by ${who}` },
  unfinished: { zh: '有未完成的草稿', en: 'an unfinished draft' },
  restart: { zh: '重新开始', en: 'Start over' },
  restartSure: { zh: '丢弃这份草稿，从模板重新开始？', en: 'Throw this draft away and begin with the template again?' },
  id: { zh: '工作流标识', en: 'Workflow id' },
  taken: {
    zh: '已有这个标识的工作流草稿，还没有启用过：保存后成为它的新版本',
    en: 'There is a workflow of that id that was never live: saving makes a new version of it',
  },
  idForm: {
    zh: '以小写字母开头，只含小写字母、数字和下划线，最多 64 个字符',
    en: 'A lower-case letter first, then lower-case letters, digits and underscores, 64 at most',
  },
  idInUse: {
    zh: '这个标识的工作流已在使用：要修改它，在它的编排里打开；这里请换一个标识',
    en: 'A workflow of that id is in use: to change it, open it in its editor; here choose another id',
  },
  idOther: {
    zh: (id: string) => `已有工作流 ${id} 在使用，这里另建一个，不改动它和它的定时。要修改它：`,
    en: (id: string) =>
      `The workflow ${id} is in use: this makes another one and leaves it and its schedule alone. To change it:`,
  },
  pick: { zh: '选择账号连接', en: 'Choose a connection' },
  pickOne: { zh: '请选择或添加账号连接', en: 'Choose or add a connection' },
  addHere: { zh: '在此添加', en: 'Add one here' },
  all: {
    zh: (system: string) => `所有${system}节点都使用这个连接`,
    en: (system: string) => `All ${system} steps use this connection`,
  },
  nothingToConnect: { zh: '这个模板不需要账号连接', en: 'This template needs no connection' },
  scopeAll: { zh: '整个目录', en: 'The whole directory' },
  scopeDepartments: { zh: (n: string) => `${n} 个部门`, en: (n: string) => `departments: ${n}` },
  scopeSome: { zh: '只同步选中的部门（含下级）', en: 'Only the departments below, with all under them' },
  scopeNone: { zh: '这个模板不读取目录，没有范围可选', en: 'This template does not read the directory' },
  scopeCount: {
    zh: (n: string, all: string) => `已选 ${n} 个部门，共 ${all} 个`,
    en: (n: string, all: string) => `${n} of ${all} departments`,
  },
  scopePick: { zh: '请至少选一个部门', en: 'Choose at least one department' },
  scopeExcluded: { zh: '始终排除', en: 'Always left out' },
  departments: { zh: '部门', en: 'Departments' },
  emptyDirectory: { zh: '目录里还没有部门：先导入人员', en: 'The directory is empty: import people first' },
  preview: { zh: '用一个人预览', en: 'Preview with a person' },
  field: { zh: '目标字段', en: 'Field there' },
  rule: { zh: '取值', en: 'Value' },
  mappingOf: { zh: (to: string) => `写入 ${to}`, en: (to: string) => `Written to ${to}` },
  result: { zh: '写入的值', en: 'What is written' },
  leftOut: { zh: '不写，保留原值', en: 'nothing; the value there stays' },
  skipped: { zh: '此人不同步', en: 'the object is left out' },
  later: { zh: '预演时确定', en: 'known in the plan' },
  cleared: { zh: '清空', en: 'cleared' },
  noPerson: { zh: '没有找到这个人', en: 'Nobody was found' },
  mappingLater: {
    zh: '最终写入的值在预演里逐项列出；要改规则，创建后在编排里编辑。',
    en: 'What will be written stands in the plan, row by row; rules are changed in the editor later.',
  },
  inputs: { zh: '运行时的输入', en: 'Inputs of the run' },
  inputsAbout: {
    zh: '用于接下来的预演和首次运行；以后手动运行时会再次询问。',
    en: 'For the plan and the first run; every run by hand asks again.',
  },
  inputsNeeded: { zh: (what: string) => `请先填写：${what}`, en: (what: string) => `Give first: ${what}` },
  triggerAbout: {
    zh: '启用后随时可以手动运行；也可以让它按时自己运行，每次都先预演，超过上限会等人批准。',
    en: 'Once active it can be started by hand at any time. It may also start by itself; each run plans first, and waits for a person where a limit is passed.',
  },
  triggerManual: { zh: '手动', en: 'By hand' },
  triggerNightly: { zh: '每天定时', en: 'Every day' },
  triggerCron: { zh: '自定义 cron', en: 'A cron rule' },
  time: { zh: '时间', en: 'Time' },
  zone: { zh: '时区', en: 'Time zone' },
  cron: { zh: 'cron 表达式', en: 'Cron rule' },
  cronHelp: {
    zh: '五个字段：分 时 日 月 周，例如 30 6 * * 1-5',
    en: 'Five fields: minute hour day month weekday, as 30 6 * * 1-5',
  },
  planning: { zh: '正在预演…', en: 'Planning…' },
  planAgain: { zh: '重新预演', en: 'Plan again' },
  planNothing: { zh: '没有需要同步的变化', en: 'Nothing would change' },
  activateRun: {
    zh: (n: string) => (n === '0' ? '启用并运行' : `启用并执行这 ${n} 项`),
    en: (n: string) => (n === '0' ? 'Activate and run' : `Activate and do these ${n}`),
  },
  activateRemove: {
    zh: (n: string, removes: string) => `启用并执行这 ${n} 项，其中移除 ${removes} 项`,
    en: (n: string, removes: string) => `Activate and do these ${n}, ${removes} of them removals`,
  },
  planChanges: { zh: (n: string) => `将改动 ${n} 项`, en: (n: string) => `${n} to change` },
  activate: { zh: '只启用', en: 'Activate only' },
  activated: { zh: '已启用', en: 'Activated' },
  overtaken: {
    zh: '预演之后又有修改或运行：请重新预演，再启用',
    en: 'Something was changed, or ran, after this plan: plan again, then activate',
  },
  summary: { zh: '将要启用', en: 'What is activated' },
  replaces: {
    zh: (live: string, next: string) => `版本 ${next} 将代替生效中的版本 ${live}，变化：`,
    en: (live: string, next: string) =>
      `Version ${next} takes the place of version ${live}, which is live; what changes:`,
  },
  wholeDirectory: { zh: '整个目录', en: 'The whole directory' },
  byHand: { zh: '手动运行', en: 'started by hand' },
  byRule: { zh: (rule: string) => `按 cron 表达式 ${rule}`, en: (rule: string) => `by the cron rule ${rule}` },
  zoned: {
    zh: (when: string, zone: string) => `${when}（${zone}）`,
    en: (when: string, zone: string) => `${when} (${zone})`,
  },
  notYet: { zh: '预演完成后才能启用', en: 'The plan has to be made first' },
  open: { zh: '在编排里打开', en: 'Open in the editor' },
});

/** What the labels `category` of templates are called. */
export const categories: Record<string, { zh: string; en: string }> = {
  downstream: { zh: '下游同步', en: 'Downstream sync' },
  upstream: { zh: '上游同步', en: 'Upstream sync' },
  event: { zh: '事件', en: 'Events' },
  message: { zh: '消息', en: 'Messages' },
};

/** What the labels `app` of templates are called. */
export const apps: Record<string, { zh: string; en: string }> = {
  wecom: { zh: '企业微信', en: 'WeCom' },
  csv: { zh: 'CSV 文件', en: 'CSV files' },
  directory: { zh: '目录', en: 'Directory' },
};
