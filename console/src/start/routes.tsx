/** Which page stands at which address? One lazy line a page. */
import { type LoaderFunctionArgs, createBrowserRouter } from 'react-router';

import { setTenant } from '#/api/client';
import { askForOverview } from '#/features/overview/queries';
import { askForWorkflow } from '#/features/workflow/asked';
import { ErrorPage, NotFoundPage } from '#/shell/ErrorPage';
import { meQuery } from '#/shell/queries';
import { Starting } from '#/shell/Starting';

import { ahead, onlyOtherPages } from './ahead.ts';
import { cache } from './cache.ts';

function enterTenant({ params }: LoaderFunctionArgs): null {
  setTenant(params['tenant']);
  // Asked while the scripts of the page are still on their way; nothing is drawn without it.
  void cache.prefetchQuery(meQuery());
  return null;
}

function leaveTenant(): null {
  setTenant(undefined);
  return null;
}

/** The pages of a tenant, below `/w/TENANT`. */
const pages = [
  {
    index: true,
    loader: ahead((me) => askForOverview(cache, me.permissions)),
    shouldRevalidate: onlyOtherPages,
    lazy: () => import('#/features/overview/OverviewPage'),
  },
  { path: 'workflows', lazy: () => import('#/features/workflow/WorkflowsPage') },
  {
    path: 'workflows/:id',
    loader: ahead((_, id) => askForWorkflow(cache, id)),
    shouldRevalidate: onlyOtherPages,
    lazy: () => import('#/features/workflow/WorkflowPage'),
  },
  { path: 'templates', lazy: () => import('#/features/template/TemplatesPage') },
  { path: 'templates/:id', lazy: () => import('#/features/template/WizardPage') },
  { path: 'connections', lazy: () => import('#/features/connection/ConnectionsPage') },
  { path: 'connections/:id', lazy: () => import('#/features/connection/ConnectionPage') },
  { path: 'connections/:id/integration', lazy: () => import('#/features/integration/IntegrationPage') },
  { path: 'connections/:id/provider', lazy: () => import('#/features/provider/ProviderPage') },
  { path: 'providers', lazy: () => import('#/features/provider/ProviderSetupPage') },
  { path: 'notifications', lazy: () => import('#/features/notification/NotificationsPage') },
  { path: 'review', lazy: () => import('#/features/review/ReviewPage') },
  { path: 'upload', lazy: () => import('#/features/upload/UploadPage') },
  { path: 'messages', lazy: () => import('#/features/message/MessagesPage') },
  { path: 'setup', lazy: () => import('#/features/setup/SetupPage') },
  { path: 'runs', lazy: () => import('#/features/run/RunsPage') },
  { path: 'runs/:id', lazy: () => import('#/features/run/RunPage') },
  { path: 'runs/:id/plan', lazy: () => import('#/features/run/PlanPage') },
  { path: 'failures', lazy: () => import('#/features/run/FailuresPage') },
  { path: 'approvals', lazy: () => import('#/features/approval/ApprovalsPage') },
  { path: 'removals', lazy: () => import('#/features/removal/RemovalsPage') },
  { path: 'people', lazy: () => import('#/features/directory/PeoplePage') },
  { path: 'matching', lazy: () => import('#/features/matching/MatchingPage') },
  { path: 'links', lazy: () => import('#/features/matching/LinksPage') },
  { path: 'audit', lazy: () => import('#/features/audit/AuditPage') },
  { path: 'accounts', lazy: () => import('#/features/account/AccountsPage') },
  { path: 'tokens', lazy: () => import('#/features/account/TokensPage') },
  { path: 'identities', lazy: () => import('#/features/account/IdentitiesPage') },
  { path: 'sessions', lazy: () => import('#/features/account/SessionsPage') },
  { path: 'playground', lazy: () => import('#/features/playground/PlaygroundPage') },
  { path: 'tenants', lazy: () => import('#/features/tenant/TenantsPage') },
  { path: 'settings', lazy: () => import('#/features/settings/SettingsPage') },
];

export const router = createBrowserRouter([
  {
    errorElement: <ErrorPage />,
    hydrateFallbackElement: <Starting />,
    children: [
      { path: '/', loader: leaveTenant, lazy: () => import('#/shell/HomePage') },
      { path: '/welcome/:code', loader: leaveTenant, lazy: () => import('#/shell/WelcomePage') },
      {
        path: '/w/:tenant',
        loader: enterTenant,
        lazy: () => import('#/shell/Shell'),
        children: [{ errorElement: <ErrorPage />, children: [...pages, { path: '*', element: <NotFoundPage /> }] }],
      },
      { path: '*', element: <NotFoundPage /> },
    ],
  },
]);
