/** The files by which the other system sees whose the domain is: given, given out byte for byte, and checked. */
import { Alert, Button, Flex, Table, Typography, Upload } from 'antd';
import { useState } from 'react';

import { useMay } from '#/api/session';
import { useDeed } from '#/api/stale';
import { useTexts } from '#/texts/language';
import { cards } from '#/ui/cards';
import { CopyLine } from '#/ui/CopyLine';
import { Deed } from '#/ui/Deed';
import { Moment } from '#/ui/Moment';
import { Nothing } from '#/ui/Nothing';
import { IssueText, ProblemView } from '#/ui/ProblemView';

import { type SiteFile, checkFile, putFile, removeFile } from './queries.ts';
import { integrationTexts } from './texts.ts';

export function Files(props: { files: readonly SiteFile[] }) {
  const t = useTexts(integrationTexts);
  const may = useMay('connection:edit');
  const [error, setError] = useState<unknown>();
  const [checked, setChecked] = useState<Awaited<ReturnType<typeof checkFile>>>();
  const put = useDeed(putFile, ['connection']);
  const removed = useDeed((name: string) => removeFile(name), ['connection']);
  const give = async (file: File) => {
    setError(undefined);
    try {
      await put.mutateAsync({ name: file.name, content: await file.text() });
    } catch (wrong) {
      setError(wrong);
    }
  };
  const add = may && (
    <Upload
      accept=".txt"
      showUploadList={false}
      beforeUpload={(file) => {
        void give(file);
        return false;
      }}
    >
      <Button loading={put.isPending}>{t.addFile}</Button>
    </Upload>
  );
  return (
    <Flex vertical gap={12}>
      <Typography.Text type="secondary">{t.filesHelp}</Typography.Text>
      {props.files.length > 0 && <div>{add}</div>}
      {error !== undefined && <ProblemView error={error} />}
      {checked && (
        <Alert
          role="status"
          type={checked.ok ? 'success' : 'error'}
          showIcon
          title={checked.ok ? t.fileGood : t.fileBad}
          description={
            <>
              <code data-value>{checked.url}</code>
              {checked.error && <IssueText issue={checked.error} />}
            </>
          }
        />
      )}
      <Table<SiteFile>
        className="cards"
        aria-label={t.tabFiles}
        size="small"
        pagination={false}
        scroll={{ x: 'max-content' }}
        rowKey="name"
        dataSource={[...props.files]}
        locale={{ emptyText: <Nothing title={t.noFiles} next={add} /> }}
        columns={cards<SiteFile>([
          { title: t.file, key: 'name', render: (_, { name }) => <code data-value>{name}</code> },
          {
            title: t.fileUrl,
            key: 'url',
            render: (_, { url }) => (url ? <CopyLine value={url} label={t.fileUrl} /> : '—'),
          },
          {
            title: t.given,
            key: 'at',
            render: (_, { by, at }) => (
              <>
                <span data-value>{by}</span> <Moment time={at} relative />
              </>
            ),
          },
          {
            title: '',
            key: 'deeds',
            render: (_, { name }) => (
              <Flex gap={8}>
                <Deed size="small" permission="connection:edit" onDo={async () => setChecked(await checkFile(name))}>
                  {t.checkFile}
                </Deed>
                <Deed
                  size="small"
                  danger
                  permission="connection:edit"
                  confirm={t.removeFileSure(name)}
                  done={t.removed}
                  onDo={() => removed.mutateAsync(name)}
                >
                  {t.remove}
                </Deed>
              </Flex>
            ),
          },
        ])}
      />
    </Flex>
  );
}
