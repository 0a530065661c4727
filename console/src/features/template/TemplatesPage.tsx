/** 模板库: which workflows are ready to be used, what do they need, what will they do? */
import { ApartmentOutlined, CheckCircleOutlined, EditOutlined, ExclamationCircleOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Button, Card, Col, Flex, Row, Tag, Typography } from 'antd';
import { Link } from 'react-router';

import { oneOf, text, useUrlState } from '#/base/urlstate';
import { connectionsQuery, stateOf } from '#/features/connection/shared';
import { useLanguage, useSay, useTexts } from '#/texts/language';
import { Choice, FilterBar, SearchField } from '#/ui/FilterBar';
import { Loaded } from '#/ui/Loaded';
import { Nothing } from '#/ui/Nothing';
import { Page } from '#/ui/Page';
import { useLinks } from '#/ui/zone';

import { draftOf } from './draft.ts';
import { type Template, draftsQuery, templatesQuery } from './queries.ts';
import { apps, categories, templateTexts } from './texts.ts';

const codec = { category: oneOf(['', ...Object.keys(categories)], ''), find: text() };

/** Connectors that need no connection of somebody's. */
export const builtIn: ReadonlySet<string> = new Set(['directory', 'csv']);

/** The connectors that have a connection, and whether one of them may be used as far as is known. */
type There = ReadonlyMap<string, boolean>;

function Needs(props: { template: Template; there: There }) {
  const t = useTexts(templateTexts);
  const say = useSay();
  return (
    <Flex gap={4} wrap>
      {props.template.connections.map(({ alias, type }) => {
        const name = say(apps[type]) || type;
        const usable = props.there.get(type);
        const ready = builtIn.has(type) || usable === true;
        const found = usable === undefined ? t.missing : usable ? t.ready : t.unusable;
        const what = builtIn.has(type) ? t.builtIn : found;
        return (
          <Tag
            key={alias}
            color={ready ? 'success' : 'warning'}
            icon={ready ? <CheckCircleOutlined /> : <ExclamationCircleOutlined />}
            style={{ whiteSpace: 'normal' }}
          >
            {name} · {what}
          </Tag>
        );
      })}
    </Flex>
  );
}

function TemplateCard(props: { template: Template; there: There; begun: boolean }) {
  const { template } = props;
  const t = useTexts(templateTexts);
  const say = useSay();
  const language = useLanguage();
  const links = useLinks();
  const category = template.labels['category'] ?? '';
  const app = template.labels['app'] ?? '';
  return (
    <Card
      size="small"
      className="fill"
      title={
        <h2 className="part" style={{ whiteSpace: 'normal' }}>
          {say(template.name)}
        </h2>
      }
    >
      <Flex vertical gap={12} style={{ height: '100%' }}>
        <Typography.Text type="secondary">
          {say(categories[category]) || category} · {say(apps[app]) || app}
        </Typography.Text>
        {template.description && <Typography.Text>{say(template.description)}</Typography.Text>}
        <Flex gap={4} wrap align="center">
          <ApartmentOutlined aria-hidden />
          {template.steps.map((step) => (
            <Tag key={step.id}>{step[language]}</Tag>
          ))}
        </Flex>
        <Needs template={template} there={props.there} />
        {props.begun && (
          <div>
            <Tag color="processing" icon={<EditOutlined />}>
              {t.unfinished}
            </Tag>
          </div>
        )}
        <Link
          to={links.template(template.id)}
          style={{ marginTop: 'auto' }}
          aria-label={`${t.use} ${say(template.name)}`}
        >
          <Button type="primary" tabIndex={-1}>
            {t.use}
          </Button>
        </Link>
      </Flex>
    </Card>
  );
}

export function Component() {
  const t = useTexts(templateTexts);
  const say = useSay();
  const [state, change] = useUrlState(codec);
  const templates = useQuery(templatesQuery());
  const connections = useQuery(connectionsQuery());
  const drafts = useQuery(draftsQuery());
  const lines = drafts.data?.items ?? [];
  const there = new Map<string, boolean>();
  for (const one of connections.data?.items ?? []) {
    const usable = !['sick', 'bad'].includes(stateOf(one));
    there.set(one.connector, usable || there.get(one.connector) === true);
  }
  const wanted = state.find.toLowerCase();
  const filtered = state.find !== '' || state.category !== '';
  const clear = () => change({ find: '', category: '' });
  return (
    <Page title={t.templates}>
      <FilterBar onClear={filtered ? clear : undefined}>
        <SearchField label={t.find} value={state.find} onSearch={(find) => change({ find }, { replace: true })} />
        <Choice
          label={t.category}
          value={state.category}
          options={Object.entries(categories).map(([value, name]) => ({ value, label: say(name) }))}
          onChoose={(category) => change({ category })}
        />
      </FilterBar>
      <Loaded query={templates}>
        {({ items }) => {
          const shown = items.filter(
            ({ id, name, labels, description }) =>
              (state.category === '' || labels['category'] === state.category) &&
              `${id} ${name.zh} ${name.en} ${description?.zh ?? ''} ${description?.en ?? ''}`
                .toLowerCase()
                .includes(wanted),
          );
          if (shown.length === 0) return <Nothing title={t.none} onClear={filtered ? clear : undefined} />;
          // Downstream first: that is what most people come for.
          const order = shown.toSorted(
            (a, b) => Number(b.labels['category'] === 'downstream') - Number(a.labels['category'] === 'downstream'),
          );
          return (
            <Row gutter={[16, 16]}>
              {order.map((template) => (
                <Col key={template.id} xs={24} md={12} xl={8}>
                  <TemplateCard template={template} there={there} begun={draftOf(lines, template.id) !== undefined} />
                </Col>
              ))}
            </Row>
          );
        }}
      </Loaded>
    </Page>
  );
}
