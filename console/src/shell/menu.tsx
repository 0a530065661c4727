/** Which pages are in the menu, and who sees them? Pages that nobody of a role may read are left out. */
import {
  ApartmentOutlined,
  BranchesOutlined,
  DashboardOutlined,
  SettingOutlined,
  ThunderboltOutlined,
} from '@ant-design/icons';
import type { ReactNode } from 'react';

import type { Permission } from '#/api/session';
import type { Links } from '#/base/links';

import type { shellTexts } from './texts.ts';

export interface MenuPage {
  readonly page: Exclude<
    keyof Links,
    'run' | 'plan' | 'workflow' | 'template' | 'connection' | 'integration' | 'provider'
  >;
  readonly needs: Permission;
}

export interface MenuGroup {
  readonly title: Extract<keyof typeof shellTexts, `group${string}`>;
  readonly icon: ReactNode;
  readonly pages: readonly MenuPage[];
}

export const groups: readonly MenuGroup[] = [
  {
    title: 'groupRuns',
    icon: <ThunderboltOutlined />,
    pages: [
      { page: 'runs', needs: 'run:view' },
      { page: 'failures', needs: 'run:view' },
      { page: 'approvals', needs: 'run:view' },
      { page: 'removals', needs: 'run:view' },
    ],
  },
  {
    title: 'groupFlows',
    icon: <BranchesOutlined />,
    pages: [
      { page: 'workflows', needs: 'workflow:view' },
      { page: 'templates', needs: 'workflow:view' },
      { page: 'connections', needs: 'connection:view' },
      { page: 'playground', needs: 'connection:view' },
    ],
  },
  {
    title: 'groupPeople',
    icon: <ApartmentOutlined />,
    pages: [
      { page: 'people', needs: 'directory:view' },
      { page: 'upload', needs: 'directory:import' },
      { page: 'review', needs: 'directory:view' },
      { page: 'matching', needs: 'link:view' },
      { page: 'links', needs: 'link:view' },
      { page: 'messages', needs: 'message:send' },
    ],
  },
  {
    title: 'groupSystem',
    icon: <SettingOutlined />,
    pages: [
      { page: 'notifications', needs: 'connection:view' },
      { page: 'audit', needs: 'audit:view' },
      { page: 'accounts', needs: 'account:view' },
      { page: 'identities', needs: 'account:view' },
      { page: 'tokens', needs: 'account:self' },
      { page: 'sessions', needs: 'account:self' },
      { page: 'tenants', needs: 'tenant:manage' },
      { page: 'providers', needs: 'tenant:manage' },
      { page: 'settings', needs: 'session:view' },
    ],
  },
];

export const overviewIcon = <DashboardOutlined />;
