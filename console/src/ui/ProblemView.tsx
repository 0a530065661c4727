/** What is wrong, and what to do about it? The next step first, then the reason, then the code. The one way to show it. */
import { CopyOutlined } from '@ant-design/icons';
import { Alert, Button, Space, Typography } from 'antd';
import { Link } from 'react-router';

import { type Issue, type Next, Refused, type Refusal, Unreachable, isOld } from '#/api/problem';
import { Dropped } from '#/api/session';
import { common, nextSteps, owners, problems } from '#/texts/common';
import { useSay, useTexts } from '#/texts/language';

import { Colon } from './Colon.tsx';
import { nextAddress } from './nextstep.ts';
import { useLinks } from './zone.ts';

/** The button of a next step. */
export function NextStep(props: { next: Next; primary?: boolean; person?: string | undefined }) {
  const t = useTexts(nextSteps);
  const links = useLinks();
  return (
    <Link to={nextAddress(props.next, links, props.person)}>
      <Button size="small" type={props.primary ? 'primary' : 'default'} tabIndex={-1}>
        {t[props.next.kind]}
      </Button>
    </Link>
  );
}

/** An issue or a refusal in words. */
export function IssueText(props: {
  issue: Issue | Refusal;
  withNext?: boolean;
  /** Whom it is about, by the id of the directory. */
  person?: string | undefined;
}) {
  const say = useSay();
  const t = useTexts(problems);
  const { issue } = props;
  // What somebody was refused just now is theirs to mend, where it is nobody's in particular.
  const own = 'status' in issue && issue.owner === 'operator';
  const doc = 'doc' in issue ? issue.doc : undefined;
  const cause = 'cause' in issue ? issue.cause : undefined;
  const more = 'errors' in issue ? (issue.errors ?? []) : [];
  return (
    <Space orientation="vertical" size={4} style={{ width: '100%' }}>
      <Typography.Text style={{ whiteSpace: 'pre-line' }}>{say(issue.hint)}</Typography.Text>
      {more.length > 0 && (
        <ul style={{ margin: 0, paddingInlineStart: 20 }}>
          {more.map((wrong) => (
            <li key={`${wrong.field ?? ''} ${wrong.code} ${wrong.reason.en}`}>
              {wrong.field && <Typography.Text code>{wrong.field}</Typography.Text>} {say(wrong.reason)}
            </li>
          ))}
        </ul>
      )}
      {cause && (
        <Typography.Text>
          {t.cause}
          <Colon />
          {say(cause.reason)} <Typography.Text code>{cause.code}</Typography.Text>
        </Typography.Text>
      )}
      <Space size="middle" wrap>
        {props.withNext !== false && issue.next && <NextStep next={issue.next} primary person={props.person} />}
        <Typography.Text type="secondary">
          {t.code} <Typography.Text code>{issue.code}</Typography.Text>
          {!own && <> · {t.owner(say(owners[issue.owner]))}</>}
        </Typography.Text>
        {doc && (
          <Typography.Link href={doc} target="_blank" rel="noreferrer">
            {t.page}
          </Typography.Link>
        )}
      </Space>
    </Space>
  );
}

function inText(error: unknown): string {
  if (error instanceof Refused && error.problem) return JSON.stringify(error.problem, null, 2);
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** Whatever came instead of an answer. */
export function ProblemView(props: {
  error: unknown;
  onAgain?: (() => void) | undefined;
  /** Where somebody else changed the object meanwhile: reads it anew, and keeps what was typed. */
  onAnew?: (() => void) | undefined;
}) {
  const say = useSay();
  const t = useTexts(problems);
  const words = useTexts(common);
  const { error } = props;
  // Somebody gave it up, and knows.
  if (error instanceof Dropped) return null;
  const problem = error instanceof Refused ? error.problem : undefined;
  const status = error instanceof Refused ? error.status : undefined;
  const wait = error instanceof Refused ? error.retryAfter : undefined;
  const title = problem
    ? say(problem.reason)
    : error instanceof Unreachable
      ? t.unreachable
      : status !== undefined
        ? t.foreign(String(status))
        : t.broken;
  const body = problem ? (
    <IssueText issue={problem} />
  ) : error instanceof Unreachable ? (
    t.unreachableHint
  ) : status !== undefined ? (
    t.foreignHint
  ) : (
    t.brokenHint
  );
  return (
    <Alert
      role="alert"
      type={error instanceof Unreachable ? 'warning' : 'error'}
      showIcon
      title={title}
      description={
        <Space orientation="vertical" size={4}>
          {body}
          {wait !== undefined && <span>{t.wait(String(wait))}</span>}
          {props.onAnew && isOld(error) && (
            <Button size="small" onClick={props.onAnew}>
              {t.anew}
            </Button>
          )}
        </Space>
      }
      action={
        <Space>
          {props.onAgain && (
            <Button size="small" onClick={props.onAgain}>
              {words.again}
            </Button>
          )}
          <Button
            size="small"
            type="text"
            aria-label={words.copy}
            title={words.copy}
            icon={<CopyOutlined />}
            onClick={() => void navigator.clipboard?.writeText(inText(error)).catch(() => undefined)}
          />
        </Space>
      }
    />
  );
}
