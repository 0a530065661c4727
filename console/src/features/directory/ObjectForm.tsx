/** A person or department by hand: what can be typed, and only what was typed is sent. */
import { useQuery } from '@tanstack/react-query';
import { Alert, Form, Input, InputNumber, Select, TreeSelect } from 'antd';
import { useMemo } from 'react';

import { useDeed } from '#/api/stale';
import { useSay, useTexts } from '#/texts/language';
import { AskForm } from '#/ui/AskForm';
import { Unread } from '#/ui/Loaded';
import { useOpened } from '#/ui/opened';

import { type Given, changes, given, leadsOf, ownOf, withLeads } from './changes.ts';
import { CustomFields } from './CustomFields.tsx';
import { PersonPick } from './PersonPick.tsx';
import { type Detail, type DirectoryField, createObject, departmentsQuery, editObject } from './queries.ts';
import { directoryTexts, fieldNames } from './texts.ts';
import { treeOf } from './tree.ts';

/** The fields that a form offers; departments have a deed of their own, and the rest is no text. */
const typed = new Set(['name', 'username', 'employee_no', 'title', 'nickname', 'gender', 'mobile', 'email', 'order']);
/** Fields that are chosen, not typed. */
const chosen = new Set(['primary_department', 'managers', 'custom', 'departments']);

/** A tree of departments to choose from. */
export function DepartmentPick(props: {
  value?: string | string[];
  onChange?: (value: string | string[]) => void;
  id?: string;
  many?: boolean;
}) {
  const departments = useQuery(departmentsQuery());
  const tree = useMemo(() => treeOf(departments.data ?? []), [departments.data]);
  return (
    <>
      <TreeSelect<string | string[]>
        {...(props.id ? { id: props.id } : {})}
        {...(props.value === undefined ? {} : { value: props.value })}
        {...(props.onChange ? { onChange: props.onChange } : {})}
        multiple={props.many ?? false}
        allowClear
        showSearch={{ treeNodeFilterProp: 'title' }}
        treeDefaultExpandAll={tree.length < 50}
        loading={departments.isLoading}
        treeData={tree}
        fieldNames={{ label: 'title', value: 'key', children: 'children' }}
        style={{ width: '100%' }}
      />
      <Unread query={departments} />
    </>
  );
}

function Control(props: {
  name: string;
  value?: unknown;
  onChange?: (value: unknown) => void;
  id?: string;
  hint?: string | undefined;
}) {
  const t = useTexts(directoryTexts);
  const { name, hint, ...rest } = props;
  if (name === 'gender') {
    const options = [
      { value: 'male', label: t.male },
      { value: 'female', label: t.female },
    ];
    return <Select allowClear options={options} {...(rest as object)} />;
  }
  if (name === 'order') return <InputNumber precision={0} style={{ width: '100%' }} {...(rest as object)} />;
  return <Input autoComplete="off" placeholder={hint ?? ''} {...(rest as object)} />;
}

/** The main one of the departments that were chosen; asked where there are several. */
function MainOfChosen(props: { chosen: unknown }) {
  const t = useTexts(directoryTexts);
  const say = useSay();
  const departments = useQuery(departmentsQuery());
  const ids = Array.isArray(props.chosen) ? (props.chosen as string[]) : [];
  if (ids.length < 2) return null;
  const names = new Map((departments.data ?? []).map(({ id, name }) => [id, name]));
  return (
    <Form.Item name="primary_department" label={say(fieldNames.primary_department)} extra={t.mainHelp}>
      <Select allowClear options={ids.map((value) => ({ value, label: names.get(value) ?? value }))} />
    </Form.Item>
  );
}

/** A new person or department. */
export function NewObject(props: {
  kind: 'user' | 'department' | undefined;
  under: string;
  onClose: () => void;
  onMade: (id: string, kind: 'user' | 'department') => Promise<void>;
}) {
  const t = useTexts(directoryTexts);
  const say = useSay();
  const { kind } = props;
  const person = kind === 'user';
  const names: Record<string, { zh: string; en: string }> = fieldNames;
  const fields = person ? ['name', 'username', 'employee_no', 'mobile', 'email', 'title', 'gender'] : ['name', 'order'];
  const needed = new Set(person ? ['name', 'username'] : ['name']);
  return (
    <AskForm<Given>
      title={person ? t.newPerson : t.newDepartment}
      send={t.create}
      open={kind !== undefined}
      initial={props.under === '' ? {} : person ? { departments: [props.under] } : { parent: props.under }}
      onClose={props.onClose}
      onSend={async (values) => {
        if (kind === undefined) return;
        const made = await createObject(kind, given(values));
        await props.onMade(made.id, kind);
      }}
    >
      {fields.map((name) => (
        <Form.Item
          key={name}
          name={name}
          label={names[name] ? say(names[name]) : name}
          rules={needed.has(name) ? [{ required: true, message: t.required }] : []}
        >
          <Control name={name} />
        </Form.Item>
      ))}
      {person ? (
        <>
          <Form.Item name="departments" label={say(fieldNames.departments)}>
            <DepartmentPick many />
          </Form.Item>
          <Form.Item noStyle shouldUpdate>
            {({ getFieldValue }) => <MainOfChosen chosen={getFieldValue('departments') as unknown} />}
          </Form.Item>
          <Form.Item name="managers" label={say(fieldNames.managers)}>
            <PersonPick />
          </Form.Item>
          <CustomFields label={t.custom} />
        </>
      ) : (
        <Form.Item name="parent" label={say(fieldNames.parent)}>
          <DepartmentPick />
        </Form.Item>
      )}
    </AskForm>
  );
}

/** The fields of an object that can be changed by hand. */
export function editable(object: Pick<Detail, 'fields'>): DirectoryField[] {
  return object.fields.filter((field) => field.editable && (typed.has(field.name) || chosen.has(field.name)));
}

/** What stands in the form of an object at first. */
function standing(object: Detail): Given {
  const fields = editable(object);
  const member = fields.find(({ name }) => name === 'departments');
  const values = fields
    .filter(({ name }) => name !== 'departments')
    .map(({ name, value, masked }): [string, Given[string]] => [
      name,
      masked ? undefined : name === 'custom' ? ownOf(value) : ((value as Given[string]) ?? undefined),
    ]);
  return { ...Object.fromEntries(values), ...(member ? { leads: leadsOf(member.value) } : {}) };
}

/** Changes of an object that is there, as it was when the form was opened. */
export function EditObject(props: {
  object: Detail;
  open: boolean;
  onClose: () => void;
  onSaved: () => Promise<void>;
}) {
  const { opened: object, anew } = useOpened(props.object, props.open);
  const t = useTexts(directoryTexts);
  const say = useSay();
  const fields = editable(object);
  const member = fields.find(({ name }) => name === 'departments');
  const edited = useDeed((wanted: Record<string, unknown>) => editObject(object, wanted), ['directory']);
  const mine = object.departments.map(({ id, path }) => ({ value: id, label: path }));
  return (
    <AskForm<Given>
      title={t.editOf(object.label)}
      send={t.save}
      open={props.open}
      initial={standing(object)}
      onClose={props.onClose}
      onSend={async ({ leads: now, ...values }) => {
        const all = member ? { ...values, departments: withLeads(member.value, (now as string[]) ?? []) } : values;
        const wanted = changes(object, all as Given);
        if (Object.keys(wanted).length > 0) await edited.mutateAsync(wanted);
        await props.onSaved();
      }}
      onAnew={() => {
        anew();
        return standing(props.object);
      }}
    >
      {fields.length === 0 && <Alert type="info" title={t.editNothing} style={{ marginBottom: 12 }} />}
      {fields
        .filter(({ name }) => typed.has(name))
        .map(({ name, title, masked, value }) => (
          <Form.Item key={name} name={name} label={say(title)} {...(masked ? { extra: t.keepMasked } : {})}>
            <Control name={name} hint={masked && typeof value === 'string' ? value : undefined} />
          </Form.Item>
        ))}
      {fields.map(({ name, title }) => {
        if (name === 'managers')
          return (
            <Form.Item key={name} name={name} label={say(title)}>
              <PersonPick except={object.id} />
            </Form.Item>
          );
        if (name === 'primary_department')
          return (
            <Form.Item key={name} name={name} label={say(title)} extra={t.mainHelp}>
              <Select allowClear options={mine} />
            </Form.Item>
          );
        if (name === 'departments')
          return (
            mine.length > 0 && (
              <Form.Item key={name} name="leads" label={t.leads}>
                <Select mode="multiple" allowClear options={mine} />
              </Form.Item>
            )
          );
        return name === 'custom' && <CustomFields key={name} label={say(title)} />;
      })}
      {object.fields.some(({ master }) => master) && <Alert type="info" title={t.editOthers} />}
    </AskForm>
  );
}

/** Other departments for one object, or for many. */
export function MoveForm(props: {
  title: string;
  many: boolean;
  open: boolean;
  onClose: () => void;
  onMove: (to: string[]) => Promise<unknown>;
}) {
  const t = useTexts(directoryTexts);
  return (
    <AskForm<{ to?: string | string[] }>
      title={props.title}
      send={t.move}
      open={props.open}
      onClose={props.onClose}
      onSend={({ to }) => props.onMove(to === undefined ? [] : Array.isArray(to) ? to : [to])}
    >
      <Form.Item
        name="to"
        label={props.many ? t.moveTo : t.moveUnder}
        rules={props.many ? [{ required: true, message: t.required }] : []}
      >
        <DepartmentPick many={props.many} />
      </Form.Item>
    </AskForm>
  );
}
