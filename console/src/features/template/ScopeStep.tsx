/** Whom is it about? The whole directory, or departments of its tree with all that is under them. */
import { useQuery } from '@tanstack/react-query';
import { Alert, Card, Flex, Radio, Tag, Tree, Typography } from 'antd';
import { type Key, useEffect, useRef, useState } from 'react';
import { Link } from 'react-router';

import { count } from '#/base/number';
import { type Branch, type Department, departmentsQuery, treeOf } from '#/features/directory/shared';
import { useTexts } from '#/texts/language';
import { Colon } from '#/ui/Colon';
import { Loaded } from '#/ui/Loaded';
import { Nothing } from '#/ui/Nothing';
import { useLinks } from '#/ui/zone';

import { type Scope, isEverything, patternOf } from './content.ts';
import { templateTexts } from './texts.ts';

/** Each department's pattern, by its id. */
function patterns(branches: readonly Branch[], above: readonly string[] = []): Map<string, string> {
  const found = new Map<string, string>();
  for (const { key, title, children } of branches) {
    const names = [...above, title];
    found.set(key, patternOf(names));
    for (const [id, pattern] of patterns(children, names)) found.set(id, pattern);
  }
  return found;
}

/** How many departments stand in the branches that were chosen. */
function covered(branches: readonly Branch[], chosen: ReadonlySet<string>, within = false): number {
  return branches.reduce((sum, { key, children }) => {
    const taken = within || chosen.has(key);
    return sum + (taken ? 1 : 0) + covered(children, chosen, taken);
  }, 0);
}

function Pick(props: {
  departments: readonly Department[];
  scope: Scope;
  onScope: (include: string[]) => Promise<boolean>;
  unpicked: boolean;
  onUnpicked: (unpicked: boolean) => void;
}) {
  const t = useTexts(templateTexts);
  const links = useLinks();
  const tree = treeOf(props.departments);
  const by = patterns(tree);
  // What was ticked counts, not what of it has come to the draft: two ticks may follow each other faster than their writes.
  // Whoever wanted some, and had chosen none when this was left, finds it so again.
  const [ticked, setTicked] = useState<readonly string[] | undefined>(props.unpicked ? [] : undefined);
  const times = useRef(0);
  const include = ticked ?? props.scope.include;
  const put = (wanted: string[]) => {
    times.current += 1;
    const mine = times.current;
    setTicked(wanted);
    // None is no choice: the draft keeps what it has until there is one.
    if (wanted.length === 0) return;
    void props.onScope(wanted).then((kept) => {
      if (kept && mine === times.current) setTicked(undefined);
    });
  };
  const everything = isEverything(include);
  const [some, setSome] = useState(props.unpicked || !everything);
  // Some departments, and none of them chosen yet: that is neither some nor the whole directory.
  const unpicked = some && everything && props.departments.length > 0;
  const { onUnpicked } = props;
  useEffect(() => onUnpicked(unpicked), [unpicked, onUnpicked]);
  const chosen = new Set([...by].filter(([, pattern]) => include.includes(pattern)).map(([id]) => id));
  if (props.departments.length === 0) {
    return (
      <Nothing
        title={t.emptyDirectory}
        next={<Link to={links.templates({ category: 'upstream' })}>{t.templates}</Link>}
      />
    );
  }
  const all = props.departments.length;
  return (
    <Flex vertical gap={16}>
      <Radio.Group
        aria-label={t.stepScope}
        value={some}
        onChange={(event) => {
          const only = event.target.value === true;
          setSome(only);
          if (!only) put(['/**']);
        }}
      >
        <Flex vertical gap={8}>
          <Radio value={false}>
            {t.scopeAll} <Tag>{t.scopeDepartments(count(all))}</Tag>
          </Radio>
          <Radio value>{t.scopeSome}</Radio>
        </Flex>
      </Radio.Group>
      {some && (
        <>
          <Typography.Text aria-live="polite" {...(unpicked ? { type: 'warning' as const } : {})}>
            {everything ? t.scopePick : t.scopeCount(count(covered(tree, chosen)), count(all))}
          </Typography.Text>
          <div data-value>
            <Tree
              aria-label={t.departments}
              checkable
              checkStrictly
              blockNode
              height={360}
              defaultExpandedKeys={tree.map(({ key }) => key)}
              treeData={tree}
              checkedKeys={[...chosen]}
              onCheck={(checked) => {
                const keys = Array.isArray(checked) ? checked : (checked as { checked: Key[] }).checked;
                put(keys.flatMap((key) => by.get(String(key)) ?? []));
              }}
            />
          </div>
        </>
      )}
    </Flex>
  );
}

export function ScopeStep(props: {
  scope: Scope | undefined;
  /** Whether the draft has it. */
  onScope: (include: string[]) => Promise<boolean>;
  /** Whether only some are wanted, and none is chosen yet: as it was left, and as it becomes. */
  unpicked: boolean;
  onUnpicked: (unpicked: boolean) => void;
}) {
  const t = useTexts(templateTexts);
  const departments = useQuery(departmentsQuery());
  const { scope } = props;
  if (scope === undefined) return <Alert type="info" title={t.scopeNone} />;
  return (
    <Card>
      <Loaded query={departments}>
        {(known) => (
          <Pick
            departments={known}
            scope={scope}
            onScope={props.onScope}
            unpicked={props.unpicked}
            onUnpicked={props.onUnpicked}
          />
        )}
      </Loaded>
      {scope.exclude.length > 0 && (
        <Typography.Paragraph type="secondary" style={{ marginTop: 12 }}>
          {t.scopeExcluded}
          <Colon />
          <span data-value>{scope.exclude.join(', ')}</span>
        </Typography.Paragraph>
      )}
    </Card>
  );
}
