/** What is shown where a page broke or there is none. */
import { Button, Result } from 'antd';
import { isRouteErrorResponse, useNavigate, useRouteError } from 'react-router';

import { useTexts } from '#/texts/language';
import { ProblemView } from '#/ui/ProblemView';

import { shellTexts } from './texts.ts';

export function NotFoundPage() {
  const t = useTexts(shellTexts);
  const navigate = useNavigate();
  return (
    <Result
      status="404"
      title={t.notFound}
      subTitle={t.notYours}
      extra={<Button onClick={() => void navigate('/')}>{t.home}</Button>}
    />
  );
}

export function ErrorPage() {
  const t = useTexts(shellTexts);
  const error = useRouteError();
  if (isRouteErrorResponse(error) && error.status === 404) return <NotFoundPage />;
  return (
    <div style={{ padding: 24 }}>
      <ProblemView error={error} />
      <Button style={{ marginTop: 16 }} onClick={() => location.reload()}>
        {t.reload}
      </Button>
    </div>
  );
}
