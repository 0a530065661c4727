/** 对接信息: what has to be entered in the other system's console, has it arrived, and can the connection be used? */
import { useQuery } from '@tanstack/react-query';
import { Tabs } from 'antd';
import { useParams } from 'react-router';

import { useMay } from '#/api/session';
import { useDeed } from '#/api/stale';
import { oneOf, useUrlState } from '#/base/urlstate';
import { useTexts } from '#/texts/language';
import { GoTo } from '#/ui/GoTo';
import { Deed } from '#/ui/Deed';
import { Loaded } from '#/ui/Loaded';
import { Nothing } from '#/ui/Nothing';
import { Page } from '#/ui/Page';
import { useLinks } from '#/ui/zone';

import { Callbacks } from './Callbacks.tsx';
import { Consent } from './Consent.tsx';
import { Doctor } from './Doctor.tsx';
import { Files } from './Files.tsx';
import { examine, integrationQuery } from './queries.ts';
import { integrationTexts } from './texts.ts';
import { Values } from './Values.tsx';

const codec = { tab: oneOf(['values', 'doctor', 'callbacks', 'files', 'consent'], 'values') };

export function Component() {
  const t = useTexts(integrationTexts);
  const links = useLinks();
  const { id = '' } = useParams();
  const [state, change] = useUrlState(codec);
  const sees = useMay('directory:view');
  const integration = useQuery({ ...integrationQuery(id), refetchInterval: 15_000 });
  const examined = useDeed((again: boolean) => examine(id, again), ['connection']);
  const look = async (again: boolean) => {
    await examined.mutateAsync(again);
    change({ tab: 'doctor' });
  };
  const check = (
    <Deed primary permission="connection:edit" onDo={() => look(false)}>
      {t.check}
    </Deed>
  );
  return (
    <Page
      title={t.title(id)}
      deeds={
        <>
          <GoTo to={links.connection(id)}>{t.setup}</GoTo>
          {check}
        </>
      }
    >
      <Loaded query={integration}>
        {(data) => (
          <Tabs
            activeKey={state.tab}
            destroyOnHidden
            onChange={(tab) => change({ tab: codec.tab.read(tab) ?? 'values' })}
            items={[
              { key: 'values', label: t.tabValues, children: <Values integration={data} /> },
              {
                key: 'doctor',
                label: t.tabDoctor,
                children: data.examined ? (
                  <>
                    <Doctor report={data.examined} />
                    {!data.examined.ok && (
                      <div style={{ marginTop: 16 }}>
                        <Deed permission="connection:edit" onDo={() => look(true)}>
                          {t.checkAgain}
                        </Deed>
                      </div>
                    )}
                  </>
                ) : (
                  <Nothing title={t.neverChecked} next={check} />
                ),
              },
              {
                key: 'callbacks',
                label: t.tabCallbacks,
                children: <Callbacks connection={data.name} callbacks={data.callbacks} origin={data.public_url} />,
              },
              { key: 'files', label: t.tabFiles, children: <Files files={data.files} /> },
              ...(sees
                ? [
                    {
                      key: 'consent',
                      label: t.tabConsent,
                      children: <Consent connection={data.name} origin={data.public_url} />,
                    },
                  ]
                : []),
            ]}
          />
        )}
      </Loaded>
    </Page>
  );
}
