/** Which file? It is chosen or dropped, and read by the server; nothing is written. */
import { DownloadOutlined, InboxOutlined } from '@ant-design/icons';
import { Card, Flex, Spin, Table, Typography, Upload as Drop } from 'antd';
import { useState } from 'react';
import { Link } from 'react-router';

import { usePages } from '#/api/pages';
import { useDeed } from '#/api/stale';
import { bytes } from '#/base/number';
import { useLanguage, useTexts } from '#/texts/language';
import { cards } from '#/ui/cards';
import { Deed } from '#/ui/Deed';
import { Moment } from '#/ui/Moment';
import { ProblemView } from '#/ui/ProblemView';
import { useLinks } from '#/ui/zone';

import { type Upload, downloadForm, removeUpload, uploadFile } from './queries.ts';
import { uploadTexts } from './texts.ts';

/** Files that somebody began with. */
function Files() {
  const t = useTexts(uploadTexts);
  const links = useLinks();
  const pages = usePages('/directory/uploads', {}, { size: 50 });
  const removed = useDeed((id: string) => removeUpload(id), ['directory']);
  const files = pages.items ?? [];
  if (pages.error) return <ProblemView error={pages.error} onAgain={pages.again} />;
  if (files.length === 0) return null;
  return (
    <Card size="small" title={<h2 className="part">{t.files}</h2>}>
      <Table<Upload>
        className="cards"
        aria-label={t.files}
        size="small"
        pagination={false}
        scroll={{ x: 'max-content' }}
        rowKey="id"
        dataSource={[...files]}
        columns={cards<Upload>([
          {
            title: t.file,
            key: 'name',
            // A file is imported once: what became of it is told by its run.
            render: (_, { id, name, run }) => (
              <Link to={run ? links.run(run) : links.upload({ file: id })} data-value>
                {name || id}
              </Link>
            ),
          },
          {
            title: t.fileState,
            key: 'state',
            render: (_, { run }) => (run ? <Link to={links.run(run)}>{t.fileImported}</Link> : t.fileOpen),
          },
          { title: t.size, key: 'size', render: (_, file) => bytes(file.bytes) },
          { title: t.when, key: 'when', render: (_, { created }) => <Moment time={created} relative /> },
          { title: t.by, key: 'by', render: (_, { by }) => <span data-value>{by}</span> },
          {
            title: '',
            key: 'deeds',
            render: (_, { id }) => (
              <Deed size="small" permission="directory:import" done={t.removed} onDo={() => removed.mutateAsync(id)}>
                {t.remove}
              </Deed>
            ),
          },
        ])}
      />
    </Card>
  );
}

export function FileStep(props: { onFile: (id: string) => void }) {
  const t = useTexts(uploadTexts);
  const language = useLanguage();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const send = async (file: File) => {
    setBusy(true);
    setError(undefined);
    try {
      props.onFile((await uploadFile(file)).id);
    } catch (wrong) {
      setError(wrong);
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Card>
        <Flex vertical gap={16}>
          <Drop.Dragger
            accept=".csv,.xlsx"
            showUploadList={false}
            disabled={busy}
            beforeUpload={(file) => {
              void send(file);
              return false;
            }}
          >
            <Flex vertical gap={8} align="center" style={{ padding: 24 }}>
              {busy ? <Spin size="large" /> : <InboxOutlined style={{ fontSize: 48 }} aria-hidden />}
              <Typography.Text strong role="status">
                {busy ? t.sending : t.drop}
              </Typography.Text>
              <Typography.Text type="secondary">{t.dropHelp}</Typography.Text>
            </Flex>
          </Drop.Dragger>
          {error !== undefined && <ProblemView error={error} />}
          <Flex gap={12} wrap align="center">
            <Deed icon={<DownloadOutlined aria-hidden />} onDo={() => downloadForm(language)}>
              {t.blank}
            </Deed>
            <Typography.Text type="secondary">{t.kept}</Typography.Text>
          </Flex>
        </Flex>
      </Card>
      <Files />
    </>
  );
}
