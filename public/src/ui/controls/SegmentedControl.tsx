// A choice of one option: buttons side by side.

import { Label, Radio, RadioGroup } from 'react-aria-components';

export interface ChoiceProps {
  label: string;
  name: string;
  options: { id: string; name: string }[];
  chosen: string | null;
  onChoose(id: string): void;
}

export function SegmentedControl({ label, name, options, chosen, onChoose }: ChoiceProps) {
  return (
    <RadioGroup className="field" data-choice={name} value={chosen} onChange={onChoose} orientation="horizontal">
      <Label>{label}</Label>
      <div className="segments">
        {options.map((option) => (
          <Radio key={option.id} value={option.id} className="segment">
            {option.name}
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}
