// The appearance group: the settings of the heat view.

import { AUTOMATIC_HEAT, type HeatWeight } from '@styles/heat';
import { Button } from 'react-aria-components';
import { HEAT_RANGES } from '../../state/slices/appearance';
import { LabelledSlider } from '../controls/LabelledSlider';
import { SegmentedControl } from '../controls/SegmentedControl';
import { useApp, useI18n, useUrl } from '../hooks/context';
import { Group } from './Group';

export function AppearanceGroup() {
  const { showsDensity, view } = useUrl('showsDensity', 'view');
  if (!(showsDensity && view === 'heat')) return null;
  return (
    <Group name="appearance">
      <HeatChoice />
    </Group>
  );
}

const SLIDERS = ['radius', 'blur', 'maximum'] as const;

function HeatChoice() {
  const { url } = useApp();
  const { heat } = useUrl('heat');
  const { text, format } = useI18n();
  const isAutomatic = Object.entries(AUTOMATIC_HEAT).every(([key, value]) => heat[key as keyof typeof heat] === value);
  return (
    <fieldset className="heat" aria-label={text.heat}>
      {SLIDERS.map((name) => (
        <LabelledSlider
          key={name}
          label={text[name]}
          name={name}
          range={HEAT_RANGES[name]}
          value={heat[name]}
          shown={format.percent(heat[name])}
          onChange={(value) => url.slide(`heat-${name}`, { heat: { ...heat, [name]: value } })}
        />
      ))}
      <p className="hint">{text.maximumHint}</p>
      <SegmentedControl
        label={text.weight}
        name="weight"
        options={(['percentile', 'classic'] as const).map((id) => ({ id, name: text.weights[id] }))}
        chosen={heat.weight}
        onChoose={(weight) => url.choose({ heat: { ...heat, weight: weight as HeatWeight } })}
      />
      <Button className="quiet reset" isDisabled={isAutomatic} onPress={() => url.choose({ heat: AUTOMATIC_HEAT })}>
        {text.reset}
      </Button>
    </fieldset>
  );
}
