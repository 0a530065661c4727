/** What is in the file, and how is it read? The server proposes, a person decides, and what will be said of the rows follows. */
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Card, Flex, InputNumber, Radio, Select, Typography } from 'antd';
import { useState } from 'react';

import { useMe } from '#/api/session';
import { draftName, keepDraft, keptDraft } from '#/base/draft';
import { count } from '#/base/number';
import { useSay, useTexts } from '#/texts/language';
import { Deed } from '#/ui/Deed';
import { Loaded } from '#/ui/Loaded';
import { useTenant } from '#/ui/zone';

import { readingOf } from './columns.ts';
import { Mapping } from './Mapping.tsx';
import { type Import, type Preview, type Reading, type Upload, previewQuery } from './queries.ts';
import { Problems, Rows } from './Rows.tsx';
import { uploadTexts } from './texts.ts';

/** The sheet and the row of headers. */
function Part(props: { preview: Preview; upload: Upload; change: (change: Partial<Reading>) => void }) {
  const { preview, upload, change } = props;
  const t = useTexts(uploadTexts);
  // Another sheet or another row of headers has other columns.
  const anew = { columns: {}, departments: null };
  return (
    <Flex gap={16} wrap align="end">
      {upload.sheets.length > 1 && (
        <label htmlFor="upload-sheet">
          {t.sheet}
          <Select
            id="upload-sheet"
            style={{ display: 'block', minWidth: 200 }}
            value={preview.sheet}
            options={upload.sheets.map(({ name, hidden }) => ({
              value: name,
              label: <span data-value>{hidden ? `${name} (${t.hiddenSheet})` : name}</span>,
            }))}
            onChange={(sheet) => change({ sheet, header_row: null, ...anew })}
          />
        </label>
      )}
      <label htmlFor="upload-header">
        {t.headerRow}
        <InputNumber
          id="upload-header"
          style={{ display: 'block' }}
          min={1}
          max={10_000}
          value={preview.header_row}
          onChange={(row) => {
            if (row) change({ sheet: preview.sheet, header_row: row, ...anew });
          }}
        />
      </label>
      <Typography.Text role="status">
        {/* Rows are judged, and counted, once every needed field has a column. */}
        {preview.missing_fields.length === 0 && t.rows(count(preview.total))}
        {preview.refused > 0 && <Typography.Text type="danger"> {t.refused(count(preview.refused))}</Typography.Text>}
      </Typography.Text>
    </Flex>
  );
}

/** The choice between mappings that were kept, and a new one. */
function Kept(props: { preview: Preview; workflow: string; onChoose: (workflow: string) => void }) {
  const t = useTexts(uploadTexts);
  return (
    <Flex vertical gap={8}>
      <Typography.Text strong>{t.saved}</Typography.Text>
      <Typography.Text type="secondary">{t.savedHelp}</Typography.Text>
      <Radio.Group
        aria-label={t.saved}
        value={props.workflow}
        onChange={(event) => props.onChoose(String(event.target.value))}
      >
        {props.preview.workflows.map((name) => (
          <Radio key={name} value={name}>
            <code data-value>{name}</code>
          </Radio>
        ))}
        <Radio value="">{t.own}</Radio>
      </Radio.Group>
    </Flex>
  );
}

function isReading(kept: unknown): kept is Reading {
  return typeof kept === 'object' && kept !== null;
}

export function ColumnsStep(props: { upload: Upload; onPlan: (body: Import) => Promise<void> }) {
  const { upload } = props;
  const t = useTexts(uploadTexts);
  const say = useSay();
  const me = useMe();
  const draft = draftName(me.actor, useTenant(), `upload.${upload.id}`);
  const [reading, setReading] = useState<Reading>(() => {
    const kept = keptDraft(draft);
    return isReading(kept) ? kept : {};
  });
  const [full, setFull] = useState(false);
  const [workflow, setWorkflow] = useState('upload_people');
  const client = useQueryClient();
  const preview = useQuery({ ...previewQuery(upload.id, reading), placeholderData: keepPreviousData });
  const change = (part: Partial<Reading>) => {
    const after = { ...reading, ...part };
    setReading(after);
    keepDraft(draft, after);
  };
  return (
    <Loaded query={preview}>
      {(data) => {
        const kept = reading.workflow ?? '';
        const titles = new Map<string, string>(data.fields.map(({ name, title }) => [name, say(title)]));
        const lacking = data.missing_fields.map((field) => titles.get(field) ?? field).join(', ');
        const fault = lacking === '' ? undefined : t.missing(lacking);
        const { columns: chosen, departments } = readingOf(reading, data);
        /** Plans what stands here now: another sheet or row of headers may still be on its way. */
        const plan = async () => {
          const now = await client.ensureQueryData(previewQuery(upload.id, reading));
          // What it lacks is said above the button.
          if (now.missing_fields.length > 0) return;
          const { columns, departments: named, ...place } = readingOf(reading, now);
          await props.onPlan(
            kept === ''
              ? { ...place, columns, departments: named, full, workflow: workflow.trim() }
              : { ...place, workflow: kept },
          );
        };
        return (
          <Flex vertical gap={16}>
            <Card>
              <Flex vertical gap={16}>
                <Typography.Text strong data-value>
                  {upload.name}
                </Typography.Text>
                <Part preview={data} upload={upload} change={change} />
                {data.notes.map((note) => (
                  <Alert
                    key={`${note.code} ${note.reason.en}`}
                    type="warning"
                    showIcon
                    title={<span data-value>{say(note.reason)}</span>}
                    description={<span data-value>{say(note.hint)}</span>}
                  />
                ))}
                {data.workflows.length > 0 && (
                  <Kept
                    preview={data}
                    workflow={kept}
                    onChoose={(name) => change({ workflow: name === '' ? null : name, columns: {}, departments: null })}
                  />
                )}
              </Flex>
            </Card>
            {kept === '' && (
              <Mapping
                key={`${data.sheet} ${data.header_row}`}
                preview={data}
                mapping={chosen}
                departments={departments}
                change={change}
                full={full}
                onFull={setFull}
                workflow={workflow}
                onWorkflow={setWorkflow}
              />
            )}
            <Problems preview={data} />
            <Rows preview={data} />
            {fault && <Alert type="warning" showIcon role="status" title={fault} />}
            <div>
              <Deed primary permission="directory:import" why={fault} onDo={plan}>
                {t.plan}
              </Deed>
            </div>
          </Flex>
        );
      }}
    </Loaded>
  );
}
