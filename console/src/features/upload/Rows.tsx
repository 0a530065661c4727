/** What will be said about the rows, and how does the file begin? */
import { Card, Flex, Table, Tag, Typography } from 'antd';

import { useSay, useTexts } from '#/texts/language';
import { named } from '#/texts/named';

import type { Preview } from './queries.ts';
import { uploadTexts } from './texts.ts';

/** Of whom the server refuses the whole file. */
const stopping: ReadonlySet<string> = new Set(['upload_zeros_lost']);

type Row = Preview['rows'][number];

/** What is wrong, each sort once. */
export function Problems(props: { preview: Preview }) {
  const t = useTexts(uploadTexts);
  const say = useSay();
  const { problems } = props.preview;
  if (problems.length === 0) return null;
  return (
    <Card title={<h2 className="part">{t.problems}</h2>}>
      <ul className="plain">
        {problems.map(({ issue, rows, first_row: first, refused }) => (
          <li key={`${issue.code} ${first}`}>
            <Tag color={refused || stopping.has(issue.code) ? 'error' : 'warning'}>{t.problemRows(rows, first)}</Tag>
            <span data-value>{say(named(issue.reason, props.preview.fields))}</span>
            {refused && <Typography.Text type="danger">{t.notImported}</Typography.Text>}
            {stopping.has(issue.code) && <Typography.Text type="danger">{t.stopsAll}</Typography.Text>}
            <Typography.Text type="secondary" data-value>
              {issue.code === 'department_path_unknown' ? t.makeThem : say(named(issue.hint, props.preview.fields))}
            </Typography.Text>
          </li>
        ))}
      </ul>
    </Card>
  );
}

export function Rows(props: { preview: Preview }) {
  const t = useTexts(uploadTexts);
  const say = useSay();
  const { preview } = props;
  // Nothing is said of rows before every needed field has a column.
  const judged = preview.missing_fields.length === 0;
  // Those with something to say about come first, wherever they stand in the file.
  const said = new Set(preview.rows_with_findings.map(({ row }) => row));
  const rows = [...preview.rows_with_findings, ...preview.rows.filter(({ row }) => !said.has(row))].slice(0, 20);
  return (
    <Card title={<h2 className="part">{t.first}</h2>}>
      <Table<Row>
        aria-label={t.first}
        size="small"
        pagination={false}
        scroll={{ x: 'max-content' }}
        rowKey="row"
        dataSource={rows}
        columns={[
          { title: t.row, key: 'row', render: (_, { row }) => <span className="number">{row}</span> },
          {
            title: t.findings,
            key: 'findings',
            render: (_, { findings, refused }) =>
              findings.length === 0 ? (
                <Typography.Text type="secondary">{judged ? t.fine : t.notJudged}</Typography.Text>
              ) : (
                <Flex gap={4} wrap>
                  {findings.map((issue) => (
                    <Tag
                      key={issue.code}
                      color={refused || stopping.has(issue.code) ? 'error' : 'warning'}
                      className="clipped"
                      title={say(named(issue.reason, preview.fields))}
                      data-value
                    >
                      {say(named(issue.reason, preview.fields))}
                    </Tag>
                  ))}
                </Flex>
              ),
          },
          ...preview.columns.map(({ header }, at) => ({
            title: (
              <span className="clipped" title={header} data-value>
                {header}
              </span>
            ),
            key: `${at} ${header}`,
            render: (_: unknown, { cells }: Row) => (
              <span className="clipped" title={cells[at]} data-value>
                {cells[at]}
              </span>
            ),
          })),
        ]}
      />
    </Card>
  );
}
