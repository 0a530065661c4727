/** Why does a plan wait for a person, and what should that person know? The same words wherever a plan is shown. */
import { Alert, Checkbox, Flex, Typography } from 'antd';

import type { components } from '#/api/contract';
import { useSay, useTexts } from '#/texts/language';
import { IssueText } from '#/ui/ProblemView';

import { type Question, inOrder, lookedAt, questionOf, warns } from './notices.ts';
import type { Plan } from './queries.ts';
import { runTexts } from './texts.ts';

type Issue = components['schemas']['Issue'];

function keyOf({ code, reason }: Issue): string {
  return `${code} ${reason.en}`;
}

/**
 * What the button below does about a question; it `approves` right there, or the run `waits` afterwards with all but limits, or it
 * is `held` with whatever there is: whoever presses may not approve.
 */
export type Press = 'approves' | 'waits' | 'held';

function usePress() {
  const t = useTexts(runTexts);
  const here: Record<Question, string> = {
    adopt: t.pressAdopts,
    source: t.pressSource,
    target: t.pressTarget,
    limit: t.pressLimit,
    other: t.pressApproves,
  };
  return (question: Question, press: Press) =>
    // Limits are approved with the start; what asks whether people or what was read are right never is.
    press === 'held' || (press === 'waits' && ['adopt', 'source', 'target'].includes(question))
      ? t.pressWaits
      : here[question];
}

export function Held(props: {
  issues: readonly Issue[];
  /** The checks of the plan, where the button below does something about it. */
  safety?: Plan['safety'];
  press?: Press;
  withNext?: boolean;
}) {
  const say = useSay();
  const sentence = usePress();
  return props.issues.map((issue) => (
    <Alert
      key={keyOf(issue)}
      type="warning"
      showIcon
      title={<span data-value>{say(issue.reason)}</span>}
      description={
        <Flex vertical gap={4}>
          {props.press && <Typography.Text>{sentence(questionOf(issue, props.safety), props.press)}</Typography.Text>}
          <IssueText issue={issue} withNext={props.withNext ?? false} />
        </Flex>
      }
    />
  ));
}

/** What a plan that can be approved asks, and the box that says one has looked: the same wherever the button is. */
export function Questions(props: { plan: Plan; checked: boolean; onChecked: (checked: boolean) => void }) {
  const t = useTexts(runTexts);
  const looked = lookedAt(props.plan);
  const box = { source: t.sourceChecked, target: t.targetChecked, both: t.bothChecked };
  return (
    <>
      <Held issues={props.plan.held} safety={props.plan.safety} press="approves" />
      {looked && (
        <Checkbox checked={props.checked} onChange={(event) => props.onChecked(event.target.checked)}>
          {box[looked]}
        </Checkbox>
      )}
    </>
  );
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
