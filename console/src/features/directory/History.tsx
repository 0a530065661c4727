/** What happened to a person or department, when, and who did it? The newest first. */
import { Button, Flex, Timeline, Typography } from 'antd';
import { Link } from 'react-router';

import type { components } from '#/api/contract';
import { usePages } from '#/api/pages';
import { common } from '#/texts/common';
import { useSay, useTexts } from '#/texts/language';
import { Colon } from '#/ui/Colon';
import { Moment } from '#/ui/Moment';
import { Nothing } from '#/ui/Nothing';
import { ProblemView } from '#/ui/ProblemView';
import { useLinks } from '#/ui/zone';

import { directoryTexts } from './texts.ts';

type Writer = components['schemas']['DirectoryWriter'];
type Edit = components['schemas']['FieldEdit'];

/** Who wrote something: a person by hand, or a workflow with its run. */
export function By(props: { writer: Writer | null | undefined }) {
  const t = useTexts(directoryTexts);
  const say = useSay();
  const links = useLinks();
  const { writer } = props;
  if (!writer) return <Typography.Text type="secondary">{t.unknownActor}</Typography.Text>;
  const name = writer.workflow_name ? say(writer.workflow_name) : (writer.workflow ?? '');
  if (writer.run) {
    return (
      <Link to={links.run(writer.run)} className="in-text" data-value>
        {name || writer.run}
      </Link>
    );
  }
  if (writer.workflow) {
    return (
      <Link to={links.workflow(writer.workflow)} className="in-text" data-value>
        {name}
      </Link>
    );
  }
  return <span data-value>{t.byHand(writer.actor ?? t.unknownActor)}</span>;
}

function plain(value: unknown, empty: string): string {
  if (value === null || value === undefined || value === '') return empty;
  return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value);
}

export function History(props: { id: string; reveal: boolean }) {
  const t = useTexts(directoryTexts);
  const words = useTexts(common);
  const say = useSay();
  const said = (change: Edit, when: 'before' | 'after') =>
    change.in_words ? say(change.in_words[when]) : plain(change[when], words.empty);
  const pages = usePages(
    '/directory/objects/{id}/timeline',
    { path: { id: props.id }, ...(props.reveal ? { query: { reveal: true } } : {}) },
    { size: 20 },
  );
  if (pages.items === undefined) return pages.error ? <ProblemView error={pages.error} onAgain={pages.again} /> : null;
  if (pages.items.length === 0) return <Nothing small title={t.timelineNone} />;
  return (
    <>
      <Timeline
        items={pages.items.map((entry, index) => ({
          key: `${entry.at} ${index}`,
          color: entry.what === 'created' ? 'green' : 'blue',
          content: (
            <Flex vertical gap={2}>
              <span>
                {entry.what === 'created' ? t.timelineCreated : t.timelineChanged} · <By writer={entry.by} /> ·{' '}
                <Moment time={entry.at} />
              </span>
              {entry.changes.map((change) => (
                <span key={change.name} className="brief">
                  {say(change.title)}
                  <Colon />
                  <del data-value>{said(change, 'before')}</del> <ins data-value>{said(change, 'after')}</ins>
                </span>
              ))}
            </Flex>
          ),
        }))}
      />
      {pages.hasMore && (
        <Button size="small" onClick={pages.more} loading={pages.busy}>
          {t.more}
        </Button>
      )}
    </>
  );
}
