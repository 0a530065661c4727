/** Filters of a list, in one line; each is kept in the address by its page. */
import { Button, Flex, Input, Select } from 'antd';
import { type ReactNode, useEffect, useState } from 'react';

import { common } from '#/texts/common';
import { useTexts } from '#/texts/language';

/** A search field that waits until typing rests, and never sends half of what an input method composes. */
export function SearchField(props: { label: string; value: string; onSearch: (text: string) => void; width?: number }) {
  const [typed, setTyped] = useState(props.value);
  const [seen, setSeen] = useState(props.value);
  const [composing, setComposing] = useState(false);
  if (seen !== props.value) {
    setSeen(props.value);
    setTyped(props.value);
  }
  const { onSearch, value } = props;
  useEffect(() => {
    if (composing || typed === value) return undefined;
    const wait = setTimeout(() => onSearch(typed), 300);
    return () => clearTimeout(wait);
  }, [typed, value, composing, onSearch]);
  return (
    <Input.Search
      allowClear
      aria-label={props.label}
      placeholder={props.label}
      value={typed}
      style={{ width: props.width ?? 240, maxWidth: '100%' }}
      onCompositionStart={() => setComposing(true)}
      onCompositionEnd={() => setComposing(false)}
      onChange={(event) => setTyped(event.target.value)}
      onSearch={(text) => onSearch(text)}
    />
  );
}

/** A choice of one word, or of all. */
export function Choice<T extends string>(props: {
  label: string;
  value: T | '';
  options: readonly { value: T; label: string }[];
  onChoose: (value: T | '') => void;
  width?: number;
}) {
  const t = useTexts(common);
  return (
    <Select<T | ''>
      aria-label={props.label}
      value={props.value}
      style={{ width: props.width ?? 160, maxWidth: '100%' }}
      options={[{ value: '' as const, label: `${props.label}${t.colon}${t.all}` }, ...props.options]}
      onChange={(value) => props.onChoose(value)}
      showSearch={{ optionFilterProp: 'label' }}
    />
  );
}

export function FilterBar(props: { children: ReactNode; onClear?: (() => void) | undefined }) {
  const t = useTexts(common);
  return (
    <Flex wrap gap={8} align="center" role="search">
      {props.children}
      {props.onClear && <Button onClick={props.onClear}>{t.clear}</Button>}
    </Flex>
  );
}
