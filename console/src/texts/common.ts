/** Words that many pages use. */
import { texts } from './language.ts';

export const common = texts('common', {
  again: { zh: '再试一次', en: 'Try again' },
  copy: { zh: '复制', en: 'Copy' },
  copied: { zh: '已复制', en: 'Copied' },
  cancel: { zh: '取消', en: 'Cancel' },
  close: { zh: '关闭', en: 'Close' },
  save: { zh: '保存', en: 'Save' },
  more: { zh: '加载更多', en: 'Load more' },
  all: { zh: '全部', en: 'All' },
  /** Between a word and its value. */
  colon: { zh: '：', en: ': ' },
  yes: { zh: '是', en: 'Yes' },
  no: { zh: '否', en: 'No' },
  none: { zh: '无', en: 'None' },
  empty: { zh: '空', en: 'empty' },
  hidden: { zh: '不可见', en: 'hidden' },
  loading: { zh: '正在读取', en: 'Loading' },
  clear: { zh: '清除筛选', en: 'Clear filters' },
  noneSoFar: {
    zh: '到这里为止没有符合的，后面还有没读取的内容',
    en: 'None up to here; there is more that was not read yet',
  },
  nothing: { zh: '没有符合条件的内容', en: 'Nothing matches' },
  actions: { zh: '操作', en: 'Actions' },
  chooseAll: { zh: (n: string) => `选中这 ${n} 项`, en: (n: string) => `Choose these ${n}` },
  loaded: {
    zh: (shown: string, total: string) => `已读取 ${shown} 项，共 ${total} 项`,
    en: (shown: string, total: string) => `${shown} of ${total} loaded`,
  },
  typeCount: { zh: (n: string) => `请输入 ${n} 确认`, en: (n: string) => `Type ${n} to confirm` },
  zoneOf: { zh: (zone: string) => `${zone} 时间`, en: (zone: string) => `time of ${zone}` },
});

/** Words of two texts side by side; the editor puts a number in the place of the dollar. */
export const diffTexts = texts('diff', {
  unchanged: { zh: '$ 行没有改动', en: '$ unchanged lines' },
});

export const problems = texts('problems', {
  unreachable: { zh: '连不上服务器', en: 'The server cannot be reached' },
  unreachableHint: {
    zh: '请检查网络，或确认 idflow 仍在运行。',
    en: 'Check the network, or whether idflow still runs.',
  },
  foreign: {
    zh: (status: string) => `收到的不是 idflow 的回答（HTTP ${status}）`,
    en: (status: string) => `What came is no answer of idflow (HTTP ${status})`,
  },
  foreignHint: {
    zh: '可能是中间的代理返回的页面，请稍后再试。',
    en: 'Probably a page of a proxy on the way. Try again later.',
  },
  broken: { zh: '这个页面出错了', en: 'This page broke' },
  brokenHint: {
    zh: '请重新打开；仍然出错时，请把下面的内容发给管理员。',
    en: 'Open it again; if it breaks again, send the text below to an administrator.',
  },
  anew: { zh: '重新读取，保留已填写的内容', en: 'Read it anew, keep what was typed' },
  code: { zh: '代码', en: 'Code' },
  owner: {
    zh: (who: string) => (/^\w/.test(who) ? `由 ${who}处理` : `由${who}处理`),
    en: (who: string) => `for: ${who}`,
  },
  page: { zh: '厂商的说明', en: 'The vendor’s page' },
  cause: { zh: '最初的原因', en: 'First cause' },
  needs: {
    zh: (permission: string) => `需要权限“${permission}”，请联系管理员`,
    en: (permission: string) => `Needs the permission “${permission}”; ask an administrator`,
  },
  wait: { zh: (s: string) => `请在 ${s} 秒后再试`, en: (s: string) => `Try again in ${s} s` },
});

/** Who mends it. */
export const owners = {
  it_admin: { zh: 'IT 管理员', en: 'IT administrator' },
  hr: { zh: '人事', en: 'Personnel department' },
  vendor: { zh: '厂商', en: 'Vendor' },
  operator: { zh: '运维人员', en: 'Operator of idflow' },
  bug: { zh: 'idflow 的缺陷', en: 'A fault of idflow' },
} as const;

/** What the button of a next step says. */
export const nextSteps = texts('next steps', {
  approve_run: { zh: '去审批', en: 'Decide about the run' },
  check_source: { zh: '核对来源后批准', en: 'Check the source, then approve' },
  list_items: { zh: '查看明细', en: 'Show the items' },
  list_runs: { zh: '查看运行记录', en: 'Show the runs' },
  resume_run: { zh: '打开运行', en: 'Open the run' },
  run_workflow: { zh: '打开工作流', en: 'Open the workflow' },
  apply_plan: { zh: '打开工作流', en: 'Open the workflow' },
  list_leavers: { zh: '查看离职人员', en: 'Show the leavers' },
  disable_leavers: { zh: '打开工作流', en: 'Open the workflow' },
  list_matching: { zh: '查看账号绑定', en: 'Show undecided pairs' },
  decide_match: { zh: '决定是否同一人', en: 'Decide about the pair' },
  list_links: { zh: '查看绑定', en: 'Show the links' },
  add_link: { zh: '添加绑定', en: 'Add a link' },
  remove_link: { zh: '查看绑定', en: 'Show the link' },
  list_removals: { zh: '查看待处理的移除', en: 'Show waiting removals' },
  list_kept_removals: { zh: '查看保留的移除', en: 'Show kept removals' },
  decide_removal: { zh: '决定这项移除', en: 'Decide about the removal' },
  show_workflow: { zh: '查看工作流', en: 'Show the workflow' },
  list_workflows: { zh: '查看工作流', en: 'Show the workflows' },
  create_workflow: { zh: '新建工作流', en: 'Make a workflow' },
  activate_workflow: { zh: '打开工作流', en: 'Open the workflow' },
  archive_workflow: { zh: '打开工作流', en: 'Open the workflow' },
  validate_workflow: { zh: '查看检查结果', en: 'Show the findings' },
  list_templates: { zh: '打开模板库', en: 'Open the templates' },
  show_connection: { zh: '查看账号连接', en: 'Show the connection' },
  list_connections: { zh: '查看账号连接', en: 'Show the connections' },
  add_connection: { zh: '添加账号连接', en: 'Add a connection' },
  give_secret: { zh: '填写密钥', en: 'Give the secret' },
  give_setting: { zh: '填写设置项', en: 'Give the setting' },
  test_connection: { zh: '测试连接', en: 'Test the connection' },
  upload_people: { zh: '导入人员', en: 'Import people' },
  search_directory: { zh: '搜索人员', en: 'Search the people' },
  list_tenants: { zh: '查看租户', en: 'Show the tenants' },
  list_accounts: { zh: '查看登录账号', en: 'Show the accounts' },
  list_sessions: { zh: '查看会话', en: 'Show the sessions' },
  list_tokens: { zh: '查看令牌', en: 'Show the tokens' },
  new_sign_in_link: { zh: '生成一次性链接', en: 'Make a sign-in link' },
  prune_store: { zh: '查看存储', en: 'Show the store' },
  check_store: { zh: '查看存储', en: 'Show the store' },
  copy_store: { zh: '查看存储', en: 'Show the store' },
  choose_folder: { zh: '查看存储', en: 'Show the store' },
});
