// A class of a legend: its colour, its limits, how much of the view it has, and the button that limits the map to it.

import type { ReactNode } from 'react';
import { Button } from 'react-aria-components';
import { type Classed, toggleClass } from '../../state/slices/legend';
import { useApp, useI18n, useUrl } from '../hooks/context';

interface ClassRowProps {
  layer: Classed;
  /** The place of the class, counted from the lowest. */
  index: number;
  colour: string;
  from: number;
  limits: string;
  /** How many there are in each class; `null` while nothing is counted. */
  counts: readonly number[] | null;
  /** What the counts count, written for a number. */
  counted(n: number): string;
  children?: ReactNode;
}

export function ClassRow({ layer, index, colour, from, limits, counts, counted, children }: ClassRowProps) {
  const { url } = useApp();
  const { shownClasses } = useUrl('shownClasses');
  const { text } = useI18n();
  const shown = shownClasses[layer];
  const isShown = shown?.includes(index) ?? false;
  const count = counts?.[index];
  const most = Math.max(1, ...(counts ?? []));
  return (
    <li data-from={from} data-count={count} data-dimmed={shown !== undefined && !isShown}>
      <Button
        className="class-row"
        aria-pressed={isShown}
        onPress={() => url.choose({ shownClasses: toggleClass(shownClasses, layer, index) })}
      >
        <span className="key" style={{ background: colour }} />
        <span className="limits">{limits}</span>
        {children}
        <span className="histogram" aria-hidden="true" title={count === undefined ? undefined : counted(count)}>
          {count !== undefined && <span style={{ inlineSize: `${(100 * count) / most}%` }} />}
        </span>
        <span className="hidden">
          {[count === undefined ? '' : counted(count), text.onlyClass].filter(Boolean).join(text.listMark)}
        </span>
      </Button>
    </li>
  );
}
