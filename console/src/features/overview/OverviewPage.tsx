/** What happened, what comes, and what waits for somebody? */
import { useQuery } from '@tanstack/react-query';
import { Card, Col, Flex, Row, Statistic, Typography } from 'antd';
import type { ReactNode } from 'react';
import { Link, Navigate } from 'react-router';

import { useMay } from '#/api/session';
import { count } from '#/base/number';
import { ConnectionState } from '#/features/connection/shared';
import { nameOf, runTexts } from '#/features/run/shared';
import { useFirstUse } from '#/features/setup/shared';
import { common } from '#/texts/common';
import { useSay, useTexts } from '#/texts/language';
import { type Look, isPlanMade, outcomes, planStates, runStates } from '#/texts/states';
import { Loaded } from '#/ui/Loaded';
import { Moment } from '#/ui/Moment';
import { Nothing } from '#/ui/Nothing';
import { Page } from '#/ui/Page';
import { RunTag, StateTag } from '#/ui/StateTag';
import { useLinks } from '#/ui/zone';

import {
  connectionsQuery,
  dayQuery,
  directoryQuery,
  failuresQuery,
  heldQuery,
  pairsQuery,
  recentQuery,
  removalsQuery,
  schedulesQuery,
} from './queries.ts';
import { overviewTexts } from './texts.ts';

function Part(props: { title: string; extra?: ReactNode; children: ReactNode }) {
  return (
    <Card size="small" title={<h2 className="part">{props.title}</h2>} extra={props.extra} style={{ height: '100%' }}>
      {props.children}
    </Card>
  );
}

/** The states in their order; plans that were made are counted by themselves. */
const dayStates: Record<string, Look> = { ...runStates, ...planStates };

/** The runs of the last day, by state. */
function LastDay() {
  const t = useTexts(overviewTexts);
  const links = useLinks();
  const runs = useQuery(dayQuery());
  return (
    <Part title={t.last24}>
      <Loaded query={runs} rows={2}>
        {(page) => {
          const by = new Map<string, number>();
          const modesOf = new Map<string, Set<string>>();
          for (const run of page.items) {
            const state = isPlanMade(run) ? 'plan' : run.status;
            by.set(state, (by.get(state) ?? 0) + 1);
            modesOf.set(state, (modesOf.get(state) ?? new Set()).add(run.mode));
          }
          // A figure leads to the runs that it counts: a plan that was made has the state of a run that changed nothing.
          const counted = (state: string) => {
            const [mode, ...others] = modesOf.get(state) ?? [];
            return {
              ...(state === 'plan' ? {} : { state }),
              ...(mode !== undefined && others.length === 0 ? { mode } : {}),
              within: '24',
            };
          };
          if (by.size === 0) return <Nothing small title={t.noRuns} />;
          return (
            <Flex gap={16} wrap>
              {Object.keys(dayStates)
                .filter((state) => by.has(state))
                .map((state) => (
                  <Link key={state} to={links.runs(counted(state))}>
                    <Flex vertical gap={4}>
                      <StateTag state={state} of={dayStates} />
                      <span className="figure number">
                        {page.next === undefined
                          ? t.times(count(by.get(state) ?? 0))
                          : t.many(count(by.get(state) ?? 0))}
                      </span>
                    </Flex>
                  </Link>
                ))}
            </Flex>
          );
        }}
      </Loaded>
    </Part>
  );
}

function Figure(props: { to: string; title: string; value: number | undefined; more?: boolean }) {
  return (
    <Link to={props.to} className={`figure-link${props.value ? '' : ' figure-none'}`}>
      <Statistic
        title={props.title}
        value={props.value === undefined ? '—' : `${count(props.value)}${props.more ? '+' : ''}`}
      />
    </Link>
  );
}

/** What waits for a person. */
function Waits() {
  const t = useTexts(overviewTexts);
  const links = useLinks();
  const pairs = useMay('link:view');
  const held = useQuery(heldQuery());
  const removals = useQuery(removalsQuery());
  const matching = useQuery({ ...pairsQuery(), enabled: pairs });
  return (
    <Part title={t.waits}>
      <Flex gap={32} wrap>
        <Figure
          to={links.approvals()}
          title={t.heldRuns}
          value={held.data?.items.length}
          more={held.data?.next !== undefined}
        />
        <Figure to={links.removals()} title={t.removals} value={removals.data?.total ?? removals.data?.items.length} />
        {pairs && (
          <Figure
            to={links.matching({ filter: 'open' })}
            title={t.pairs}
            value={matching.data?.total ?? matching.data?.items.length}
          />
        )}
      </Flex>
    </Part>
  );
}

/** The newest failure of each object; the list holds older ones of the same object, too. */
function newestOfEach<T extends { workflow: string; key: string }>(items: readonly T[]): T[] {
  const seen = new Set<string>();
  const first = items.filter(({ workflow, key }) => {
    const name = `${workflow} ${key}`;
    return !seen.has(name) && seen.add(name);
  });
  return first.slice(0, 8);
}

/** Who was left behind: the newest, by name. */
function Failures() {
  const t = useTexts(overviewTexts);
  const say = useSay();
  const links = useLinks();
  const words = useTexts(common);
  const failures = useQuery(failuresQuery());
  return (
    <Part title={t.failures} extra={<Link to={links.failures()}>{t.allFailures}</Link>}>
      <Loaded query={failures} rows={4}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing small title={page.next === undefined ? t.noFailures : words.noneSoFar} />
          ) : (
            <ul className="plain">
              {newestOfEach(page.items).map((item) => (
                <li key={`${item.run} ${item.step} ${item.key}`}>
                  <StateTag state={item.outcome} of={outcomes} />{' '}
                  <Link
                    data-value
                    to={links.run(item.run, {
                      tab: 'items',
                      outcome: item.outcome ?? undefined,
                      item: String(item.row ?? ''),
                    })}
                  >
                    {nameOf(item)}
                  </Link>{' '}
                  <Typography.Text type="secondary" data-value>
                    {say(item.error?.reason)}
                  </Typography.Text>{' '}
                  <Typography.Text type="secondary">
                    <Moment time={item.at} relative />
                  </Typography.Text>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Part>
  );
}

/** The schedules that fire next, in the viewer's time. */
function Next() {
  const t = useTexts(overviewTexts);
  const links = useLinks();
  const workflows = useQuery(schedulesQuery());
  return (
    <Part title={t.next}>
      <Loaded query={workflows} rows={2}>
        {(page) => {
          const due = page.items
            .flatMap(({ id, triggers }) =>
              (triggers?.schedules ?? []).map(({ next, timezone }) => ({ id, next: next ?? '', timezone })),
            )
            .filter(({ next }) => next !== '')
            .toSorted((a, b) => a.next.localeCompare(b.next))
            .slice(0, 6);
          if (due.length === 0) return <Nothing small title={t.noNext} />;
          return (
            <ul className="plain">
              {due.map(({ id, next, timezone }) => (
                <li key={`${id} ${next}`}>
                  <Moment time={next} zone={timezone} />{' '}
                  <Link to={links.workflow(id)} data-value>
                    {id}
                  </Link>
                </li>
              ))}
            </ul>
          );
        }}
      </Loaded>
    </Part>
  );
}

/** Which connections are well? */
function Connections() {
  const t = useTexts(overviewTexts);
  const say = useSay();
  const links = useLinks();
  const connections = useQuery(connectionsQuery());
  return (
    <Part title={t.connections}>
      <Loaded query={connections} rows={2}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing
              small
              title={t.noConnections}
              next={<Link to={links.connections({ add: '1' })}>{t.addConnection}</Link>}
            />
          ) : (
            <ul className="plain">
              {page.items.map((connection) => (
                <li key={connection.id}>
                  <ConnectionState connection={connection} />{' '}
                  <Link to={links.connection(connection.name)} data-value>
                    {connection.title}
                  </Link>{' '}
                  {connection.sick && <Typography.Text data-value>{say(connection.sick.error.reason)}</Typography.Text>}
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Part>
  );
}

/** Whom the directory knows. */
function Directory() {
  const t = useTexts(overviewTexts);
  const links = useLinks();
  const counts = useQuery(directoryQuery());
  return (
    <Part title={t.directory}>
      <Loaded query={counts} rows={2}>
        {(data) => (
          <Flex gap={32} wrap>
            <Figure
              to={links.people({ status: 'active' })}
              title={t.people}
              value={data.counts['user']?.['active'] ?? 0}
            />
            <Figure to={links.people()} title={t.departments} value={data.counts['department']?.['active'] ?? 0} />
            <Figure to={links.people({ status: 'left' })} title={t.left} value={data.counts['user']?.['left'] ?? 0} />
          </Flex>
        )}
      </Loaded>
    </Part>
  );
}

/** The newest runs. */
function Recent() {
  const t = useTexts(overviewTexts);
  const words = useTexts(runTexts);
  const links = useLinks();
  const runs = useQuery(recentQuery());
  return (
    <Part title={t.recent}>
      <Loaded query={runs} rows={4}>
        {(page) =>
          page.items.length === 0 ? (
            <Nothing small title={t.nothingYet} next={<Link to={links.templates()}>{t.startHere}</Link>} />
          ) : (
            <ul className="plain">
              {page.items.map((run) => (
                <li key={run.run}>
                  <RunTag run={run} />{' '}
                  <Link to={links.run(run.run)} data-value>
                    {words.runOf(run.workflow, String(run.no))}
                  </Link>{' '}
                  <Typography.Text type="secondary">
                    <Moment time={run.started ?? run.accepted} relative />
                  </Typography.Text>
                </li>
              ))}
            </ul>
          )
        }
      </Loaded>
    </Part>
  );
}

export function Component() {
  const t = useTexts(overviewTexts);
  const links = useLinks();
  const people = useMay('directory:view');
  const first = useFirstUse();
  if (first) return <Navigate replace to={links.setup()} />;
  return (
    <Page title={t.overview}>
      <Row gutter={[16, 16]}>
        <Col xs={24} lg={12}>
          <Waits />
        </Col>
        <Col xs={24} lg={12}>
          <LastDay />
        </Col>
        <Col xs={24} lg={12}>
          <Failures />
        </Col>
        <Col xs={24} lg={12}>
          <Recent />
        </Col>
        <Col xs={24} lg={8}>
          <Next />
        </Col>
        <Col xs={24} lg={8}>
          <Connections />
        </Col>
        {people && (
          <Col xs={24} lg={8}>
            <Directory />
          </Col>
        )}
      </Row>
    </Page>
  );
}
