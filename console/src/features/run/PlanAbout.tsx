/** What is a plan of: where was read, what is written, when, by whom, and how long does it hold? */
import { Descriptions, Flex } from 'antd';

import type { components } from '#/api/contract';
import { triggerKinds } from '#/texts/states';
import { useSay, useTexts } from '#/texts/language';
import { Moment } from '#/ui/Moment';

import type { Plan, Run } from './queries.ts';
import { runTexts } from './texts.ts';

type PlanSide = components['schemas']['PlanSide'];

/** A system: what it is, which connection leads to it, and which account of which company that is. */
function Side(props: { side: PlanSide; written: boolean }) {
  const { side } = props;
  const t = useTexts(runTexts);
  const say = useSay();
  // There is one directory, and nobody gave it a name.
  const connection = side.connector === 'directory' ? [] : [t.planConnection(side.title ?? side.connection)];
  const settings = (side.settings ?? []).map(({ title, value }) => `${say(title)} ${value}`);
  const files = side.files ?? [];
  const { written } = side;
  return (
    <span data-value>
      {[say(side.system), ...connection, ...settings, ...files].join(t.join)}
      {props.written && written && (
        <>
          {t.join}
          {t.planWritten(`${written.workflow}#${String(written.no)}`, written.by)}
          <Moment time={written.at} form="full" />
        </>
      )}
    </span>
  );
}

function Sides(props: { sides: readonly PlanSide[]; written: boolean }) {
  return (
    <Flex vertical gap={4}>
      {props.sides.map((side) => (
        <Side key={side.connection} side={side} written={props.written} />
      ))}
    </Flex>
  );
}

export function PlanAbout(props: { run: Run; plan: Plan }) {
  const { run, plan } = props;
  const t = useTexts(runTexts);
  const say = useSay();
  const { reads = [], writes = [] } = plan;
  const started = say(triggerKinds[run.trigger.kind]) || run.trigger.kind;
  const read = Object.entries(run.source).map(([kind, n]) => t.things(n, kind));
  return (
    <Descriptions
      size="small"
      bordered
      column={{ xs: 1, lg: 2 }}
      items={[
        ...(reads.length > 0 ? [{ key: 'reads', label: t.planReads, children: <Sides sides={reads} written /> }] : []),
        ...(writes.length > 0
          ? [{ key: 'writes', label: t.planWrites, children: <Sides sides={writes} written={false} /> }]
          : []),
        ...(plan.computed
          ? [{ key: 'computed', label: t.planComputed, children: <Moment time={plan.computed} form="full" /> }]
          : []),
        {
          key: 'source',
          label: t.planSource,
          children: `${read.join(t.join) || '—'}${plan.complete ? '' : ` · ${t.planIncomplete}`}`,
        },
        {
          key: 'actor',
          label: t.actor,
          children: (
            <span data-value>
              {run.trigger.actor === run.trigger.kind ? started : `${run.trigger.actor} · ${started}`}
            </span>
          ),
        },
        ...(run.status === 'held' || run.mode === 'plan'
          ? [{ key: 'valid', label: t.planValid, children: run.status === 'held' ? t.planValidHeld : t.planValidOnly }]
          : []),
      ]}
    />
  );
}
