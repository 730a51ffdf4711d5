// The group "When": the published window.

import { chooseLayer, densityLayersOf } from '../../data/catalog';
import { windowName } from '../../i18n/texts';
import { Select } from '../controls/Select';
import { useApp, useI18n, useModel, useUrl } from '../hooks/context';
import { Group } from './Group';
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
  const { text, format } = useI18n();
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
