/** Which column is which field, and how are departments written? Each change is read again by the server. */
import { Card, Checkbox, Flex, Form, Input, Radio, Select, Table, Typography } from 'antd';

import { count } from '#/base/number';
import { useSay, useTexts } from '#/texts/language';

import { type Mapping as Fields, choose, fieldOf, samplesOf } from './columns.ts';
import type { Decided } from './decided.ts';
import type { Departments, Preview, Reading } from './queries.ts';
import { uploadTexts } from './texts.ts';

type Change = (change: Partial<Reading>) => void;

function Columns(props: { preview: Preview; mapping: Fields; change: Change }) {
  const { preview, mapping, change } = props;
  const t = useTexts(uploadTexts);
  const say = useSay();
  return (
    <Table
      aria-label={t.columns}
      size="small"
      pagination={false}
      scroll={{ x: 'max-content' }}
      rowKey="at"
      dataSource={preview.columns.map(({ header }, at) => ({ header, at }))}
      columns={[
        {
          title: t.column,
          key: 'header',
          render: (_, { header }) => (
            <strong className="clipped" title={header} data-value>
              {header}
            </strong>
          ),
        },
        {
          title: t.samples,
          key: 'samples',
          // What is chosen stands beside it: long contents do not push that out of the page.
          render: (_, { at }) => {
            const samples = samplesOf(preview, at).join(' · ') || '—';
            return (
              <Typography.Text type="secondary" className="clipped" title={samples} data-value>
                {samples}
              </Typography.Text>
            );
          },
        },
        {
          title: t.field,
          key: 'field',
          render: (_, { header }) => (
            <Select
              aria-label={t.fieldOf(header)}
              style={{ width: 200 }}
              value={fieldOf(mapping, header)}
              options={[
                { value: '', label: t.skipColumn },
                ...preview.fields.map(({ name, title, required }) => ({
                  value: name,
                  label: required ? `${say(title)} *` : say(title),
                })),
              ]}
              onChange={(field) => change({ columns: choose(mapping, header, field) })}
            />
          ),
        },
      ]}
    />
  );
}

function DepartmentFields(props: { preview: Preview; departments: Departments; change: Change }) {
  const { preview, departments, change } = props;
  const t = useTexts(uploadTexts);
  const { missing_departments_total: lacking } = preview;
  const by = departments.by ?? 'path';
  return (
    <>
      <Form.Item label={t.departments}>
        <Radio.Group
          aria-label={t.departments}
          value={by}
          onChange={(event) => {
            const wanted = event.target.value === 'id' ? 'id' : 'path';
            change({
              departments: { ...departments, by: wanted, create: wanted === 'path' && departments.create === true },
            });
          }}
        >
          <Flex vertical gap={8}>
            <Radio value="path">{t.byPath}</Radio>
            <Radio value="id">{t.byId}</Radio>
          </Flex>
        </Radio.Group>
      </Form.Item>
      {by === 'path' && (
        <>
          <Form.Item label={t.separator} htmlFor="upload-separator">
            <Input
              id="upload-separator"
              style={{ width: 96 }}
              maxLength={3}
              defaultValue={departments.separator ?? '/'}
              onBlur={(event) => {
                if (event.target.value) change({ departments: { ...departments, separator: event.target.value } });
              }}
            />
          </Form.Item>
          <Form.Item
            extra={
              preview.missing_departments.length > 0 && (
                <span data-value>{preview.missing_departments.slice(0, 5).join('、')}</span>
              )
            }
          >
            <Checkbox
              checked={departments.create === true}
              onChange={(event) => change({ departments: { ...departments, create: event.target.checked } })}
            >
              {lacking > 0 ? t.create(count(lacking)) : t.createAny}
            </Checkbox>
          </Form.Item>
        </>
      )}
    </>
  );
}

export function Mapping(props: {
  preview: Preview;
  /** What was decided already; the preview of it may still be on its way. */
  mapping: Fields;
  departments: Departments;
  change: Change;
  decided: Decided;
  decide: (part: Partial<Decided>) => void;
}) {
  const t = useTexts(uploadTexts);
  const { decided, decide } = props;
  return (
    <Card title={<h2 className="part">{t.columns}</h2>}>
      <Flex vertical gap={16}>
        <Columns preview={props.preview} mapping={props.mapping} change={props.change} />
        {props.mapping['username'] === undefined && <Typography.Text type="secondary">{t.accountFrom}</Typography.Text>}
        <Form layout="vertical" component="div">
          <DepartmentFields preview={props.preview} departments={props.departments} change={props.change} />
          <Form.Item extra={t.fullHelp}>
            <Checkbox checked={decided.full} onChange={(event) => decide({ full: event.target.checked })}>
              {t.full}
            </Checkbox>
          </Form.Item>
          <Form.Item label={t.keepAs} htmlFor="upload-workflow">
            <Input
              id="upload-workflow"
              style={{ maxWidth: 320 }}
              value={decided.keepAs}
              onChange={(event) => decide({ keepAs: event.target.value })}
            />
          </Form.Item>
          <Form.Item label={t.calledAs} htmlFor="upload-called" extra={t.calledHelp}>
            <Input
              id="upload-called"
              style={{ maxWidth: 320 }}
              value={decided.called}
              onChange={(event) => decide({ called: event.target.value })}
            />
          </Form.Item>
        </Form>
      </Flex>
    </Card>
  );
}
