/** What each permission lets somebody do, in words. */
import type { components } from '#/api/contract';

import type { Text } from './language.ts';

export const permissionWords = {
  'run:view': { zh: '查看运行', en: 'See runs' },
  'run:start': { zh: '发起运行', en: 'Start runs' },
  'run:approve': { zh: '审批', en: 'Approve and reject' },
  'run:control': { zh: '暂停和取消运行', en: 'Pause and cancel runs' },
  'workflow:view': { zh: '查看工作流', en: 'See workflows' },
  'workflow:edit': { zh: '编辑工作流', en: 'Edit workflows' },
  'workflow:activate': { zh: '启用工作流', en: 'Activate workflows' },
  'connection:view': { zh: '查看账号连接', en: 'See connections' },
  'connection:edit': { zh: '编辑账号连接', en: 'Edit connections' },
  'directory:view': { zh: '查看目录', en: 'See the directory' },
  'directory:import': { zh: '导入人员', en: 'Import people' },
  'directory:edit': { zh: '编辑人员和部门', en: 'Edit people and departments' },
  'link:view': { zh: '查看绑定', en: 'See links' },
  'link:manage': { zh: '管理绑定', en: 'Decide about links' },
  'store:view': { zh: '查看存储', en: 'See the store' },
  'store:manage': { zh: '清理存储', en: 'Prune the store' },
  'account:view': { zh: '查看登录账号', en: 'See accounts' },
  'account:manage': { zh: '管理登录账号', en: 'Manage accounts' },
  'account:self': { zh: '管理自己的账号', en: 'Manage one’s own account' },
  'session:view': { zh: '查看自己的会话', en: 'See one’s session' },
  'audit:view': { zh: '查看审计日志', en: 'See the audit log' },
  'message:send': { zh: '发送消息', en: 'Send messages' },
  'message:broadcast': { zh: '给所有人发消息', en: 'Send messages to everybody' },
  'pii:read': { zh: '查看完整的个人信息', en: 'See private values in full' },
  'tenant:setup': { zh: '初始化租户', en: 'Set the tenant up' },
  'tenant:manage': { zh: '管理租户和整个系统', en: 'Manage tenants and the installation' },
} as const satisfies Record<components['schemas']['Permission'], Text>;
