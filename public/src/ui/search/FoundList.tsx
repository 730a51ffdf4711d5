// Search results: a location, areas, vendors. The search box has the focus and sets the active result.

import { lineName } from '../../i18n/texts';
import type { Found } from '../../view/search';
import { useI18n } from '../hooks/context';

interface FoundListProps {
  id: string;
  found: readonly Found[];
  /** The index of the active result. */
  active: number;
  onChoose(hit: Found): void;
}

export const optionId = (list: string, index: number): string => `${list}-${index}`;

export function FoundList({ id, found, active, onChoose }: FoundListProps) {
  const { text } = useI18n();
  return (
    // Pressing a result must not move the focus from the search box before the click.
    <div id={id} className="found card" role="listbox" aria-label={text.search} onMouseDown={keepFocus}>
      {found.map((hit, i) => (
        <Option
          key={keyOf(hit)}
          id={optionId(id, i)}
          hit={hit}
          isActive={i === active}
          onChoose={() => onChoose(hit)}
        />
      ))}
    </div>
  );
}

const keepFocus = (event: { preventDefault(): void }): void => event.preventDefault();

interface OptionProps {
  id: string;
  hit: Found;
  isActive: boolean;
  onChoose(): void;
}

function Option({ id, hit, isActive, onChoose }: OptionProps) {
  const { text } = useI18n();
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the input handles the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the input has the focus
    <div
      id={id}
      role="option"
      className="found-option"
      aria-selected={isActive}
      data-found={hit.what}
      ref={isActive ? bringIntoView : null}
      onClick={onChoose}
    >
      <span className="found-name">
        <bdi>{useFoundName(hit)}</bdi>
      </span>
      <span className="muted">
        {hit.what === 'place' && text.foundPlaceHint}
        {hit.what === 'area' && text.areaKindName[hit.area.kind]}
        {hit.what === 'vendor' && (
          <>
            <bdi>{hit.vendor.code}</bdi> · {lineName(text, hit.vendor.line)} · {text.platforms[hit.vendor.platform]}
          </>
        )}
      </span>
    </div>
  );
}

function bringIntoView(option: HTMLElement | null): void {
  option?.scrollIntoView({ block: 'nearest' });
}

function useFoundName(hit: Found): string {
  const { text, format } = useI18n();
  if (hit.what !== 'place') return nameOf(hit);
  return text.foundPlace(format.degrees(hit.place.lat), format.degrees(hit.place.lng));
}

export function nameOf(hit: Exclude<Found, { what: 'place' }>): string {
  return hit.what === 'area' ? hit.area.name : String(hit.vendor.name ?? hit.vendor.code);
}

function keyOf(hit: Found): string {
  switch (hit.what) {
    case 'place':
      return 'place';
    case 'area':
      return `area ${hit.area.id}`;
    case 'vendor':
      return `vendor ${hit.vendor.platform} ${hit.vendor.code}`;
  }
}
