// When: the published window.

import type { Text } from '../i18n';
import { chooseLayer, densityLayersOf } from '../published';
import { useApp, useModel, useUrl, useWords } from './context';
import { Group } from './Group';
import { Select } from './Select';
import { WindowPlayer } from './WindowPlayer';

export function WhenGroup() {
  return (
    <Group name="when">
      <WindowChoice />
      <WindowPlayer />
    </Group>
  );
}

function WindowChoice() {
  const { url } = useApp();
  const { catalog } = useModel('catalog');
  const { window: chosen } = useUrl('window');
  const { text, format } = useWords();
  const layers = catalog ? densityLayersOf(catalog) : [];
  return (
    <Select
      label={text.window}
      name="window"
      options={layers.map(({ slot }) => ({ id: slot, name: windowName(slot, text, format.number) }))}
      chosen={chooseLayer(layers, chosen)?.slot ?? null}
      onChoose={(window) => url.choose({ window })}
    />
  );
}

export function windowName(slot: string, text: Text, number: (n: number) => string): string {
  if (slot === 'all') return text.windowAll;
  if (slot === '1d') return text.windowDay;
  const days = /^(\d+)d$/.exec(slot)?.[1];
  return days === undefined ? slot : text.windowDays(number(Number(days)));
}
