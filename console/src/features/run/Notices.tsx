/** Why does a plan wait for a person, and what should that person know? The same words wherever a plan is shown. */
import { Alert, Flex, Typography } from 'antd';

import type { components } from '#/api/contract';
import { useSay, useTexts } from '#/texts/language';
import { IssueText } from '#/ui/ProblemView';

import { inOrder, questionOf, warns } from './notices.ts';
import { runTexts } from './texts.ts';

type Issue = components['schemas']['Issue'];

function keyOf({ code, reason }: Issue): string {
  return `${code} ${reason.en}`;
}

/** `press`: what the button below does about it; `approves` right there, or the run `waits` afterwards. */
export function Held(props: { issues: readonly Issue[]; press?: 'approves' | 'waits'; withNext?: boolean }) {
  const t = useTexts(runTexts);
  const say = useSay();
  const here = { adopt: t.pressAdopts, source: t.pressSource, limit: t.pressLimit, other: t.pressApproves };
  const sentence = (issue: Issue) => {
    const question = questionOf(issue);
    // Limits are approved with the start; what asks whether people or the source are right never is.
    const later = props.press === 'waits' && (question === 'adopt' || question === 'source');
    return later ? t.pressWaits : here[question];
  };
  return props.issues.map((issue) => (
    <Alert
      key={keyOf(issue)}
      type="warning"
      showIcon
      title={<span data-value>{say(issue.reason)}</span>}
      description={
        <Flex vertical gap={4}>
          {props.press && <Typography.Text>{sentence(issue)}</Typography.Text>}
          <IssueText issue={issue} withNext={props.withNext ?? false} />
        </Flex>
      }
    />
  ));
}

/** What the reads and the matching have to tell, with names. */
export function Notices(props: { issues: readonly Issue[] }) {
  const say = useSay();
  return inOrder(props.issues).map((issue) => (
    <Alert
      key={keyOf(issue)}
      type={warns(issue) ? 'warning' : 'info'}
      {...(warns(issue) ? { showIcon: true } : {})}
      title={<span data-value>{say(issue.reason)}</span>}
      description={<IssueText issue={issue} />}
    />
  ));
}
