// A collapsible group of the panel. It stays open or closed across visits.

import { type ReactNode, useId, useState } from 'react';
import { Button } from 'react-aria-components';
import { Chevron } from '../controls/icons';
import { useI18n } from '../hooks/context';
import { type GroupName, isGroupOpen, saveGroupOpen } from './groups';

interface GroupProps {
  name: GroupName;
  /** A short summary of the settings, also visible when the group is closed. */
  brief?: ReactNode;
  /** A control at the end of the heading, such as an overlay switch. */
  aside?: ReactNode;
  children: ReactNode;
}

export function Group({ name, brief, aside, children }: GroupProps) {
  const { text } = useI18n();
  const [isOpen, setOpen] = useState(() => isGroupOpen(name));
  const id = useId();
  const toggle = (): void => {
    saveGroupOpen(name, !isOpen);
    setOpen(!isOpen);
  };
  return (
    <section className="group" data-group={name} data-open={isOpen}>
      <div className="group-head">
        <h2>
          <Button
            className="group-title"
            aria-expanded={isOpen}
            aria-controls={isOpen ? id : undefined}
            onPress={toggle}
          >
            <Chevron />
            {text.groups[name]}
          </Button>
        </h2>
        {aside}
      </div>
      {brief && <div className="group-brief">{brief}</div>}
      {isOpen && (
        <div id={id} className="group-body">
          {children}
        </div>
      )}
    </section>
  );
}
