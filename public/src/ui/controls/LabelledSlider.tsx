// A slider: label, formatted value, track and thumb.

import { Label, Slider, SliderOutput, SliderThumb, SliderTrack } from 'react-aria-components';

interface LabelledSliderProps {
  label: string;
  name: string;
  range: { min: number; max: number; step: number };
  value: number;
  /** The formatted value. */
  shown: string;
  onChange(value: number): void;
}

export function LabelledSlider({
  label,
  name,
  range: { min, max, step },
  value,
  shown,
  onChange,
}: LabelledSliderProps) {
  return (
    <Slider
      className="slider"
      data-choice={name}
      minValue={min}
      maxValue={max}
      step={step}
      value={value}
      onChange={(next) => onChange(Number(next))}
    >
      <Label>{label}</Label>
      <SliderOutput>
        <bdi>{shown}</bdi>
      </SliderOutput>
      <SliderTrack className="track">
        <SliderThumb className="thumb" aria-valuetext={shown} />
      </SliderTrack>
    </Slider>
  );
}
