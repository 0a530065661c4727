/** The frame around all pages of a tenant: menu, where one is, tenant, language, theme, account, sign-in over the page. */
import { MenuOutlined, UnlockOutlined, UserOutlined } from '@ant-design/icons';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { App, Button, Drawer, Dropdown, Flex, Grid, Layout, Select, Skeleton, Tag, Tooltip } from 'antd';
import { Suspense, useEffect, useState } from 'react';
import { Outlet, useNavigate, useParams } from 'react-router';

import { setCsrf } from '#/api/client';
import { useInsecure } from '#/api/insecure';
import { Refused } from '#/api/problem';
import { SessionProvider, signedInAgain } from '#/api/session';
import { linksOf } from '#/base/links';
import { useTexts } from '#/texts/language';
import { ProblemView } from '#/ui/ProblemView';
import { usePreferences } from '#/ui/preferences';
import { TenantProvider } from '#/ui/zone';

import { LanguageButton, ThemeButton } from './Choices.tsx';
import { Live } from './Live.tsx';
import { Crumbs } from './Crumbs.tsx';
import { DoorPage } from './DoorPage.tsx';
import { liked, meQuery, othersOf, signOut, waysQuery } from './queries.ts';
import { Shortcuts } from './Shortcuts.tsx';
import { SideMenu } from './SideMenu.tsx';
import { SignInAgain } from './SignInAgain.tsx';
import { SignInForm } from './SignInForm.tsx';
import { Starting } from './Starting.tsx';
import { shellTexts } from './texts.ts';

export function Component() {
  const t = useTexts(shellTexts);
  const { tenant = '' } = useParams();
  const client = useQueryClient();
  const { modal } = App.useApp();
  const navigate = useNavigate();
  const wide = Grid.useBreakpoint().md ?? true;
  const [open, setOpen] = useState(false);
  const me = useQuery(meQuery());
  const insecure = useInsecure();
  const csrf = me.data?.csrf ?? undefined;
  const actor = me.data?.actor;
  useEffect(() => setCsrf(csrf, actor), [csrf, actor]);
  // Once for each sign-in: what somebody chose elsewhere holds here too.
  const { adopt } = usePreferences();
  const { session, preferences: kept } = me.data ?? {};
  useEffect(() => {
    if (session && kept) adopt(liked(kept));
    // oxlint-disable-next-line react/exhaustive-deps -- later changes of the account's copy come from here
  }, [session, adopt]);
  const entered = (signed: { actor: string; csrf?: string | null }) => {
    setCsrf(signed.csrf ?? undefined, signed.actor);
    signedInAgain();
    void client.invalidateQueries();
  };
  if (me.data === undefined) {
    if (me.error instanceof Refused && me.error.status === 401) {
      return (
        <DoorPage title={`idflow · ${t.signIn}`}>
          <SignInForm onSignedIn={entered} />
        </DoorPage>
      );
    }
    if (me.error) {
      return (
        <DoorPage title="idflow">
          <ProblemView error={me.error} onAgain={() => void me.refetch()} />
          <Button style={{ marginTop: 16 }} onClick={() => void navigate('/')}>
            {t.home}
          </Button>
        </DoorPage>
      );
    }
    return <Starting />;
  }
  const links = linksOf(tenant);
  const leave = async () => {
    await signOut();
    setCsrf(undefined, undefined);
    client.clear();
    await navigate('/');
  };
  // Whoever has no password and knows no other way does not come back by himself.
  const askedToLeave = async () => {
    const alone = me.data.account?.has_password === false;
    const others = alone ? othersOf(await client.fetchQuery(waysQuery()).catch(() => undefined)) : [];
    if (!alone || others.length > 0) return leave();
    modal.confirm({
      title: t.noWayBack,
      content: t.noWayBackText,
      okText: t.signOut,
      okButtonProps: { danger: true },
      cancelText: t.stay,
      onOk: leave,
    });
  };
  const account = me.data.account?.display ?? me.data.actor;
  return (
    <SessionProvider value={me.data}>
      <TenantProvider value={tenant}>
        <a className="skip" href="#page">
          {t.skip}
        </a>
        <Layout style={{ minHeight: '100vh' }}>
          {wide ? (
            <Layout.Sider width={208} theme="light" className="side">
              <div className="brand">idflow</div>
              <SideMenu />
            </Layout.Sider>
          ) : (
            <Drawer open={open} placement="left" size={240} onClose={() => setOpen(false)} title="idflow">
              <SideMenu onGo={() => setOpen(false)} />
            </Drawer>
          )}
          <Layout>
            <Layout.Header className="top">
              {!wide && (
                <Button type="text" icon={<MenuOutlined />} aria-label={t.openMenu} onClick={() => setOpen(true)} />
              )}
              <Crumbs />
              <Flex gap={4} align="center" style={{ marginInlineStart: 'auto' }}>
                {insecure && (
                  <Tooltip title={t.insecureNote}>
                    <Tag color="warning" icon={<UnlockOutlined />} tabIndex={0} aria-description={t.insecureNote}>
                      {t.insecure}
                    </Tag>
                  </Tooltip>
                )}
                {me.data.tenants.length > 1 && (
                  <Select
                    aria-label={t.tenant}
                    value={tenant}
                    style={{ width: wide ? 160 : 96 }}
                    options={me.data.tenants.map(({ id }) => ({ value: id, label: <span data-value>{id}</span> }))}
                    onChange={(id) => void navigate(linksOf(id).overview())}
                  />
                )}
                <LanguageButton />
                <ThemeButton />
                <Dropdown
                  trigger={['click']}
                  menu={{
                    items: [
                      { key: 'mine', label: t.mine },
                      { key: 'out', label: t.signOut },
                    ],
                    onClick: ({ key }) => void (key === 'out' ? askedToLeave() : navigate(links.settings())),
                  }}
                >
                  <Button type="text" icon={<UserOutlined />} aria-label={`${t.mine}: ${account}`}>
                    {wide && <span data-value>{account}</span>}
                  </Button>
                </Dropdown>
              </Flex>
            </Layout.Header>
            <Layout.Content id="page" className="page" role="main" key={tenant}>
              <Suspense fallback={<Skeleton active />}>
                <Outlet />
              </Suspense>
            </Layout.Content>
          </Layout>
        </Layout>
        <Live />
        <Shortcuts />
        <SignInAgain before={me.data} onSignedIn={entered} />
      </TenantProvider>
    </SessionProvider>
  );
}
