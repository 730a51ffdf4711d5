// The comparison group: switch, and what the right side shows.

import type { Kind } from '@styles/measure';
import { Switch } from 'react-aria-components';
import { chooseLayer, densityLayersOf } from '../../data/catalog';
import { windowName } from '../../i18n/texts';
import { offeredKinds } from '../../state/hiddenUsers';
import type { Comparison } from '../../state/slices/compare';
import { Select } from '../controls/Select';
import { useApp, useI18n, useModel, useUrl } from '../hooks/context';
import { Group } from './Group';

export function CompareGroup() {
  const { showsDensity, compare } = useUrl('showsDensity', 'compare');
  const { text } = useI18n();
  if (!showsDensity) return null;
  return (
    <Group name="compare" aside={<CompareSwitch />}>
      {compare ? <OtherSide compare={compare} /> : <p className="hint">{text.compareHint}</p>}
    </Group>
  );
}

function CompareSwitch() {
  const { url } = useApp();
  const { kind, compare } = useUrl('kind', 'compare');
  const { text } = useI18n();
  const { config } = useModel('config');
  const others = offeredKinds(config.hide_users).filter((other) => other !== kind);
  const first: Comparison = { kind: others.at(kind === 'users' ? 0 : -1) ?? 'orders', window: null, divider: null };
  return (
    <div className="overlay-switch" data-choice="compare">
      <Switch
        className="switch"
        aria-label={text.compare}
        isSelected={compare !== null}
        onChange={(isOn) => url.choose({ compare: isOn ? first : null })}
      >
        <span className="switch-track" />
      </Switch>
    </div>
  );
}

/** Stands for the window of the map itself. No slot has an empty name. */
const SAME = '';

function OtherSide({ compare }: { compare: Comparison }) {
  const { url } = useApp();
  const { catalog, config } = useModel('catalog', 'config');
  const { kind, window } = useUrl('kind', 'window');
  const { text, format } = useI18n();
  const layers = catalog ? densityLayersOf(catalog) : [];
  const own = chooseLayer(layers, window)?.slot;
  const choose = (part: Partial<Comparison>): void => url.choose({ compare: { ...compare, ...part } });
  const isSame = compare.kind === kind && (compare.window === null || compare.window === own);
  return (
    <>
      <Select
        label={text.compareKind}
        name="compare-kind"
        options={offeredKinds(config.hide_users).map((id) => ({ id, name: text.kinds[id] }))}
        chosen={compare.kind}
        onChoose={(id) => choose({ kind: id as Kind })}
      />
      <Select
        label={text.compareWindow}
        name="compare-window"
        options={[
          { id: SAME, name: text.sameWindow },
          ...layers.map(({ slot }) => ({ id: slot, name: windowName(slot, text, format) })),
        ]}
        chosen={compare.window ?? SAME}
        onChoose={(id) => choose({ window: id === SAME ? null : id })}
      />
      {isSame && <p className="hint">{text.sameSides}</p>}
    </>
  );
}
