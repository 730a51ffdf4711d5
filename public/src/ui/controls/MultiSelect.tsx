// A choice of several options: chips if there are few, a drop-down if there are many.

import type { ReactNode } from 'react';
import { Button, Checkbox, CheckboxGroup, Dialog, DialogTrigger, Label, Popover } from 'react-aria-components';
import { useI18n } from '../hooks/context';
import { Chevron } from './icons';

export interface CheckOption {
  id: string;
  name: string;
  /** The number of items that the option would show. */
  count?: number;
}

interface MultiSelectProps {
  label: string;
  name: string;
  options: readonly CheckOption[];
  chosen: readonly string[];
  /** The label of the button that clears the choice; if absent, there is no such button. */
  all?: string;
  onChoose(ids: string[]): void;
}

/** More chips would fill the panel. */
export const MAX_CHIPS = 9;

export function MultiSelect(props: MultiSelectProps) {
  return props.options.length > MAX_CHIPS ? <DropDown {...props} /> : <Chips {...props} />;
}

function Chips(props: MultiSelectProps) {
  return (
    <Boxes {...props} className="chips" option="chip">
      <Label>{props.label}</Label>
    </Boxes>
  );
}

function DropDown(props: MultiSelectProps) {
  const { label, name, options, chosen, all } = props;
  const { text, format } = useI18n();
  const names = options.filter(({ id }) => chosen.includes(id)).map((option) => option.name);
  return (
    <div className="field" data-dropdown={name}>
      <span className="label">{label}</span>
      <DialogTrigger>
        <Button
          className="select"
          aria-label={`${label}: ${names.length > 0 ? format.list(names) : (all ?? text.any)}`}
        >
          <span className="select-value">{names.length > 0 ? format.list(names) : (all ?? text.any)}</span>
          <Chevron />
        </Button>
        <Popover className="popover checks" offset={4}>
          <Dialog aria-label={label}>
            <Boxes {...props} className="check-rows" option="check-row" aria-label={label} />
          </Dialog>
        </Popover>
      </DialogTrigger>
    </div>
  );
}

interface BoxesProps extends MultiSelectProps {
  className: string;
  option: string;
  'aria-label'?: string;
  children?: ReactNode;
}

function Boxes({ name, options, chosen, all, onChoose, className, option, children, ...rest }: BoxesProps) {
  const { format } = useI18n();
  return (
    <CheckboxGroup
      className="field"
      data-choice={name}
      value={[...chosen]}
      onChange={onChoose}
      aria-label={rest['aria-label']}
    >
      {children}
      <div className={className}>
        {all !== undefined && (
          <Button
            className={option}
            data-selected={chosen.length === 0 || undefined}
            aria-pressed={chosen.length === 0}
            onPress={() => onChoose([])}
          >
            {all}
          </Button>
        )}
        {options.map(({ id, name: shown, count }) => (
          <Checkbox key={id} value={id} className={option}>
            <bdi>{shown}</bdi> {count !== undefined && <small>{format.number(count)}</small>}
          </Checkbox>
        ))}
      </div>
    </CheckboxGroup>
  );
}
