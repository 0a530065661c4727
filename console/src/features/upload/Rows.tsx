/** What will be said about the rows, and how does the file begin? */
import { Card, Flex, Table, Tag, Typography } from 'antd';

import { useSay, useTexts } from '#/texts/language';

import type { Preview } from './queries.ts';
import { uploadTexts } from './texts.ts';

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
            <Tag color={refused ? 'error' : 'warning'}>{t.problemRows(rows, first)}</Tag>
            <span data-value>{say(issue.reason)}</span>
            {refused && <Typography.Text type="danger">{t.notImported}</Typography.Text>}
            <Typography.Text type="secondary" data-value>
              {say(issue.hint)}
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
                <Typography.Text type="secondary">{t.fine}</Typography.Text>
              ) : (
                <Flex gap={4} wrap>
                  {findings.map((issue) => (
                    <Tag key={issue.code} color={refused ? 'error' : 'warning'} data-value>
                      {say(issue.reason)}
                    </Tag>
                  ))}
                </Flex>
              ),
          },
          ...preview.columns.map(({ header }, at) => ({
            title: <span data-value>{header}</span>,
            key: `${at} ${header}`,
            render: (_: unknown, { cells }: Row) => <span data-value>{cells[at]}</span>,
          })),
        ]}
      />
    </Card>
  );
}
