/** Under which id is the workflow made? One that is free is proposed; what is in use is left to its editor. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Card, Input, Typography } from 'antd';
import { useRef } from 'react';
import { Link } from 'react-router';

import { stale } from '#/api/stale';
import { freeName } from '#/base/free';
import { useTexts } from '#/texts/language';
import { useLinks } from '#/ui/zone';

import { idEdit } from './content.ts';
import { type Beginning, isOvertaken } from './draft.ts';
import { type Known, faultOf, idFor } from './ids.ts';
import { type NewWorkflow, archivedQuery, saveWorkflow, workflowsQuery } from './queries.ts';
import { templateTexts } from './texts.ts';

/** The workflows that there are, and the ids that this makes free or taken. */
export function useIds(template: string) {
  const client = useQueryClient();
  const listed = useQuery(workflowsQuery());
  const away = useQuery(archivedQuery());
  /** The workflow that was made here: it is gone on with, also where it is in use by now. */
  const made = useRef<string>(undefined);
  /** Those of this moment. */
  const present = async (): Promise<Known[]> => {
    const lists = await Promise.all(
      [workflowsQuery(), archivedQuery()].map((list) => client.fetchQuery({ ...list, staleTime: 0 })),
    );
    return lists.flatMap(({ items }) => items);
  };
  return {
    known: [...(listed.data?.items ?? []), ...(away.data?.items ?? [])] as readonly Known[],
    made: (id: string | undefined) => {
      made.current = id;
    },
    /** How a draft of the template begins. */
    begins: async (): Promise<Beginning> => {
      const there = await present();
      const ids = there.map(({ id }) => id);
      return { id: freeName(template, ids), edits: [idEdit(made.current ?? idFor(template, there))] };
    },
    /** Under which id a text is saved now that names this one, and what is there under it. */
    savedAs: async (named: string) => {
      const there = await present();
      const id = idFor(named, there, made.current);
      return { id, known: there.find((one) => one.id === id) };
    },
    /** Saves a text as what was there; where somebody else was faster, theirs is shown beside the id, and one decides again. */
    save: async (body: NewWorkflow, at: { id: string; known: Known | undefined }) => {
      try {
        return await saveWorkflow(body, body.id === at.id ? at.known : undefined);
      } catch (wrong) {
        if (isOvertaken(wrong)) await stale(client, ['workflow']);
        throw wrong;
      }
    },
  };
}

export function IdCard(props: {
  /** The id that the text names. */
  named: string;
  /** The one under which it would be saved. */
  id: string;
  /** What was typed, and why it cannot be an id. */
  typed: string | undefined;
  fault: ReturnType<typeof faultOf>;
  known: readonly Known[];
  onType: (typed: string) => void;
  onLeave: () => void;
}) {
  const t = useTexts(templateTexts);
  const links = useLinks();
  const { named, id, typed, fault } = props;
  const faults = { form: t.idForm, used: t.idInUse };
  const taken = props.known.some((one) => one.id === (typed?.trim() ?? id));
  return (
    <Card>
      <label htmlFor="workflow-id">
        {t.id}
        <Input
          id="workflow-id"
          value={typed ?? id}
          style={{ maxWidth: 360, display: 'block' }}
          aria-describedby="workflow-id-note"
          aria-invalid={fault !== undefined}
          {...(fault === undefined ? {} : { status: 'error' as const })}
          onChange={(event) => props.onType(event.target.value)}
          onBlur={props.onLeave}
        />
      </label>
      <div id="workflow-id-note">
        {fault !== undefined && <Typography.Text type="danger">{faults[fault]}</Typography.Text>}
        {typed === undefined && id !== named && (
          <Typography.Text type="secondary">
            {t.idOther(named)} <Link to={links.workflow(named)}>{t.open}</Link>
          </Typography.Text>
        )}
        {fault === undefined && taken && <Typography.Text type="warning">{t.taken}</Typography.Text>}
      </div>
    </Card>
  );
}
