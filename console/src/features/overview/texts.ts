/** Words of the overview. */
import { texts } from '#/texts/language';

export const overviewTexts = texts('overview', {
  overview: { zh: '概览', en: 'Overview' },
  last24: { zh: '最近 24 小时的运行', en: 'Runs of the last 24 hours' },
  noRuns: { zh: '最近 24 小时没有运行', en: 'No run in the last 24 hours' },
  waits: { zh: '等待处理', en: 'Waits for somebody' },
  heldRuns: { zh: '待审批的运行', en: 'Held runs' },
  removals: { zh: '待处理的移除', en: 'Waiting removals' },
  pairs: { zh: '无法判定的绑定', en: 'Undecided pairs' },
  failures: { zh: '最近没有同步成功的人员和部门', en: 'People and departments that were left behind lately' },
  noFailures: { zh: '没有失败项', en: 'Nobody was left behind' },
  allFailures: { zh: '查看全部', en: 'Show all' },
  next: { zh: '接下来的定时运行', en: 'Next scheduled runs' },
  noNext: { zh: '没有定时运行', en: 'Nothing is scheduled' },
  connections: { zh: '账号连接', en: 'Connections' },
  noConnections: { zh: '还没有账号连接', en: 'There is no connection yet' },
  addConnection: { zh: '添加账号连接', en: 'Add a connection' },
  directory: { zh: '目录', en: 'Directory' },
  people: { zh: '人员', en: 'People' },
  departments: { zh: '部门', en: 'Departments' },
  left: { zh: '离职', en: 'Left' },
  recent: { zh: '最近的运行', en: 'Newest runs' },
  nothingYet: { zh: '还没有运行', en: 'There are no runs yet' },
  startHere: { zh: '从模板创建第一个工作流', en: 'Make the first workflow from a template' },
  many: { zh: (n: string) => `${n} 次以上`, en: (n: string) => `${n} or more` },
  times: { zh: (n: string) => `${n} 次`, en: (n: string) => n },
});
