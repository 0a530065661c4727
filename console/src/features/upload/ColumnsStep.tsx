/** What is in the file, and how is it read? The server proposes, a person decides, and what will be said of the rows follows. */
import { keepPreviousData, useQuery, useQueryClient } from '@tanstack/react-query';
import { Alert, Button, Card, Descriptions, Flex, InputNumber, Radio, Select, Typography } from 'antd';
import { useState } from 'react';

import { useMe } from '#/api/session';
import { draftName, keepDraft, keptDraft } from '#/base/draft';
import { count } from '#/base/number';
import { useSay, useTexts } from '#/texts/language';
import { Deed } from '#/ui/Deed';
import { Loaded } from '#/ui/Loaded';
import { useTenant } from '#/ui/zone';

import { readingOf, sheetOf } from './columns.ts';
import { type Decided, decidedName, decidedOf } from './decided.ts';
import { Mapping } from './Mapping.tsx';
import { type Import, type Preview, type Reading, type Upload, keptQuery, previewQuery } from './queries.ts';
import { Problems, Rows } from './Rows.tsx';
import { uploadTexts } from './texts.ts';

/** The sheet and the row of headers: also where nothing could be read yet, for then one of them is the answer. */
function Part(props: {
  preview: Preview | undefined;
  reading: Reading;
  upload: Upload;
  change: (change: Partial<Reading>) => void;
}) {
  const { preview, reading, upload, change } = props;
  const t = useTexts(uploadTexts);
  // Another sheet or another row of headers has other columns.
  const anew = { columns: {}, departments: null };
  const sheet = preview?.sheet ?? sheetOf(upload, reading);
  return (
    <Flex gap={16} wrap align="end">
      {upload.sheets.length > 1 && (
        <Flex vertical>
          <label htmlFor="upload-sheet">{t.sheet}</label>
          <Select
            id="upload-sheet"
            style={{ minWidth: 200 }}
            value={sheet}
            options={upload.sheets.map(({ name, hidden }) => ({
              value: name,
              label: <span data-value>{hidden ? `${name} (${t.hiddenSheet})` : name}</span>,
            }))}
            onChange={(chosen) => change({ sheet: chosen, header_row: null, ...anew })}
          />
        </Flex>
      )}
      <Flex vertical>
        <label htmlFor="upload-header">{t.headerRow}</label>
        <InputNumber
          id="upload-header"
          min={1}
          max={1000}
          value={preview?.header_row ?? reading.header_row ?? null}
          onChange={(row) => {
            if (row) change({ ...(sheet === '' ? {} : { sheet }), header_row: row, ...anew });
          }}
        />
      </Flex>
      {preview && (
        <Typography.Text role="status">
          {/* Rows are judged, and counted, once every needed field has a column. */}
          {preview.missing_fields.length === 0 && t.rows(count(preview.total))}
          {preview.refused > 0 && <Typography.Text type="danger"> {t.refused(count(preview.refused))}</Typography.Text>}
        </Typography.Text>
      )}
    </Flex>
  );
}

/** What a mapping that was kept does beside its columns. */
function KeptFacts(props: { preview: Preview; workflow: string }) {
  const t = useTexts(uploadTexts);
  const kept = useQuery(keptQuery(props.workflow));
  const { by = 'path', separator = '/', create = false } = props.preview.departments;
  return (
    <Loaded query={kept} rows={2}>
      {({ full }) => (
        <Descriptions
          size="small"
          column={1}
          items={[
            { key: 'full', label: t.list, children: full ? t.listFull : t.listPart },
            { key: 'by', label: t.departments, children: by === 'path' ? t.pathWith(separator) : t.byId },
            { key: 'create', label: t.createAny, children: create ? t.yes : t.no },
          ]}
        />
      )}
    </Loaded>
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
      {props.workflow !== '' && <KeptFacts preview={props.preview} workflow={props.workflow} />}
    </Flex>
  );
}

export function ColumnsStep(props: { upload: Upload; onPlan: (body: Import) => Promise<void> }) {
  const { upload } = props;
  const t = useTexts(uploadTexts);
  const say = useSay();
  const me = useMe();
  const draft = draftName(me.actor, useTenant(), decidedName(upload.id));
  const [decided, setDecided] = useState<Decided>(() => decidedOf(keptDraft(draft)));
  const { reading, full, keepAs, called } = decided;
  const client = useQueryClient();
  const preview = useQuery({ ...previewQuery(upload.id, reading), placeholderData: keepPreviousData });
  const decide = (part: Partial<Decided>) => {
    const after = { ...decided, ...part };
    setDecided(after);
    keepDraft(draft, after);
  };
  const change = (part: Partial<Reading>) => decide({ reading: { ...reading, ...part } });
  const kept = reading.workflow ?? '';
  const choose = (name: string) => change({ workflow: name === '' ? null : name, columns: {}, departments: null });
  /** Plans what stands here now: another sheet or row of headers may still be on its way. */
  const plan = async () => {
    const now = await client.ensureQueryData(previewQuery(upload.id, reading));
    // What it lacks is said above the button.
    if (now.missing_fields.length > 0) return;
    const { columns, departments: named, ...place } = readingOf(reading, now);
    const name = called.trim() === '' ? {} : { name: called.trim() };
    await props.onPlan(
      kept === ''
        ? { ...place, columns, departments: named, full, workflow: keepAs.trim(), ...name }
        : { ...place, workflow: kept },
    );
  };
  const shown = preview.data;
  return (
    <Flex vertical gap={16}>
      <Card>
        <Flex vertical gap={16}>
          <Typography.Text strong data-value>
            {upload.name}
          </Typography.Text>
          {(shown !== undefined || preview.error !== null) && (
            <Part preview={shown} reading={reading} upload={upload} change={change} />
          )}
          {shown?.notes.map((note) => (
            <Alert
              key={`${note.code} ${note.reason.en}`}
              type="warning"
              showIcon
              title={<span data-value>{say(note.reason)}</span>}
              description={<span data-value>{say(note.hint)}</span>}
            />
          ))}
          {shown && shown.workflows.length > 0 && <Kept preview={shown} workflow={kept} onChoose={choose} />}
          {/* A mapping that was kept may fit no longer: then nothing is read by it, and there is no list to choose another one from. */}
          {kept !== '' && (shown ? shown.workflows.length === 0 : preview.error !== null) && (
            <div>
              <Button onClick={() => choose('')}>{t.ownInstead}</Button>
            </div>
          )}
        </Flex>
      </Card>
      <Loaded query={preview}>
        {(data) => {
          const titles = new Map<string, string>(data.fields.map(({ name, title }) => [name, say(title)]));
          const lacking = data.missing_fields.map((field) => titles.get(field) ?? field).join(', ');
          const fault = lacking === '' ? undefined : t.missing(lacking);
          const { columns: chosen, departments } = readingOf(reading, data);
          return (
            <>
              {kept === '' && (
                <Mapping
                  key={`${data.sheet} ${data.header_row}`}
                  preview={data}
                  mapping={chosen}
                  departments={departments}
                  change={change}
                  decided={decided}
                  decide={decide}
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
            </>
          );
        }}
      </Loaded>
    </Flex>
  );
}
