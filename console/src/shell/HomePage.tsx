/** `/`: to the overview of the tenant one may see, or to the sign-in. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Spin } from 'antd';
import { Navigate } from 'react-router';

import { setCsrf } from '#/api/client';
import { Refused } from '#/api/problem';
import { linksOf } from '#/base/links';
import { useTexts } from '#/texts/language';
import { ProblemView } from '#/ui/ProblemView';

import { DoorPage } from './DoorPage.tsx';
import { meQuery } from './queries.ts';
import { SignInForm } from './SignInForm.tsx';
import { shellTexts } from './texts.ts';

export function Component() {
  const t = useTexts(shellTexts);
  const client = useQueryClient();
  const me = useQuery(meQuery());
  if (me.data) return <Navigate replace to={linksOf(me.data.tenants[0]?.id ?? me.data.tenant).overview()} />;
  if (me.error && !(me.error instanceof Refused && me.error.status === 401)) {
    return (
      <DoorPage title="idflow">
        <ProblemView error={me.error} onAgain={() => void me.refetch()} />
      </DoorPage>
    );
  }
  if (!me.error) return <Spin fullscreen />;
  return (
    <DoorPage title={`idflow · ${t.signIn}`}>
      <SignInForm
        onSignedIn={(signed) => {
          setCsrf(signed.csrf ?? undefined, signed.actor);
          void client.invalidateQueries();
        }}
      />
    </DoorPage>
  );
}
