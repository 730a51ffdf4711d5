// How it looks: the settings of the heat view.

import { AUTOMATIC_HEAT, type HeatWeight } from '@styles/density';
import { Button, Label, Slider, SliderOutput, SliderThumb, SliderTrack } from 'react-aria-components';
import { FACTORS } from '../state/look';
import { useApp, useUrl, useWords } from './context';
import { Group } from './Group';
import { Segments } from './Segments';

export function LookGroup() {
  const { view } = useUrl();
  if (view !== 'heat') return null;
  return (
    <Group name="look">
      <HeatChoice />
    </Group>
  );
}

function HeatChoice() {
  const { url } = useApp();
  const { heat } = useUrl();
  const { text, format } = useWords();
  const isAutomatic = Object.entries(AUTOMATIC_HEAT).every(([key, value]) => heat[key as keyof typeof heat] === value);
  return (
    <fieldset className="heat" aria-label={text.heat}>
      {(['radius', 'strength'] as const).map((factor) => (
        <Slider
          key={factor}
          className="slider"
          data-choice={factor}
          minValue={FACTORS.min}
          maxValue={FACTORS.max}
          step={FACTORS.step}
          value={heat[factor]}
          formatOptions={{ style: 'percent' }}
          onChange={(value) => url.follow({ heat: { ...heat, [factor]: Number(value) } })}
        >
          <Label>{text[factor]}</Label>
          <SliderOutput>{format.percent(heat[factor])}</SliderOutput>
          <SliderTrack className="track">
            <SliderThumb className="thumb" />
          </SliderTrack>
        </Slider>
      ))}
      <Segments
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
