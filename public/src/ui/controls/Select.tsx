// A choice of one option, in a drop-down.

import { Select as AriaSelect, Button, Label, ListBox, ListBoxItem, Popover, SelectValue } from 'react-aria-components';
import { Chevron } from './icons';
import type { ChoiceProps } from './SegmentedControl';

export function Select({ label, name, options, chosen, onChoose }: ChoiceProps) {
  return (
    <AriaSelect
      className="field"
      data-choice={name}
      isDisabled={options.length === 0}
      value={chosen}
      onChange={(key) => key !== null && onChoose(String(key))}
    >
      <Label>{label}</Label>
      <Button className="select">
        <SelectValue />
        <Chevron />
      </Button>
      <Popover className="popover" offset={4}>
        <ListBox className="listbox" items={options}>
          {(option) => (
            <ListBoxItem id={option.id} className="option">
              {option.name}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </AriaSelect>
  );
}
