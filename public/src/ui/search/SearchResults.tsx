// Search results: a location, areas, vendors. The search box has the focus and sets the active result.

import type { Lang } from '@styles/base';
import { lineName } from '../../i18n/texts';
import type { SearchResult } from '../../view/search';
import { useI18n, useUrl } from '../hooks/context';

interface SearchResultsProps {
  id: string;
  results: readonly SearchResult[];
  /** The index of the active result. */
  active: number;
  onChoose(result: SearchResult): void;
}

export const optionId = (list: string, index: number): string => `${list}-${index}`;

export function SearchResults({ id, results, active, onChoose }: SearchResultsProps) {
  const { text } = useI18n();
  return (
    // Pressing a result must not move the focus from the search box before the click.
    <div id={id} className="found card" role="listbox" aria-label={text.search} onMouseDown={keepFocus}>
      {results.map((result, i) => (
        <Option
          key={keyOf(result)}
          id={optionId(id, i)}
          result={result}
          isActive={i === active}
          onChoose={() => onChoose(result)}
        />
      ))}
    </div>
  );
}

const keepFocus = (event: { preventDefault(): void }): void => event.preventDefault();

interface OptionProps {
  id: string;
  result: SearchResult;
  isActive: boolean;
  onChoose(): void;
}

function Option({ id, result, isActive, onChoose }: OptionProps) {
  const { text } = useI18n();
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the input handles the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the input has the focus
    <div
      id={id}
      role="option"
      className="found-option"
      aria-selected={isActive}
      data-found={result.type}
      ref={isActive ? bringIntoView : null}
      onClick={onChoose}
    >
      <span className="found-name" dir="auto">
        <bdi>{useResultName(result)}</bdi>
      </span>
      <span className="muted">
        {result.type === 'place' && text.foundPlaceHint}
        {result.type === 'city' && text.city}
        {result.type === 'address' && text.foundAddress}
        {result.type === 'area' && text.areaKindName[result.area.kind]}
        {result.type === 'vendor' && (
          <>
            <bdi>{result.vendor.code}</bdi> · {lineName(text, result.vendor.line)} ·{' '}
            {text.platforms[result.vendor.platform]}
          </>
        )}
      </span>
    </div>
  );
}

function bringIntoView(option: HTMLElement | null): void {
  option?.scrollIntoView({ block: 'nearest' });
}

function useResultName(result: SearchResult): string {
  const { format } = useI18n();
  const { lang } = useUrl('lang');
  if (result.type !== 'place') return nameOf(result, lang);
  return `${format.degrees(result.place.lat)}, ${format.degrees(result.place.lng)}`;
}

export function nameOf(result: Exclude<SearchResult, { type: 'place' }>, lang: Lang): string {
  if (result.type === 'address') return result.address.name;
  if (result.type === 'city') return lang === 'fa' ? result.city.name_fa : result.city.name_en;
  return result.type === 'area' ? result.area.name : String(result.vendor.name ?? result.vendor.code);
}

function keyOf(result: SearchResult): string {
  switch (result.type) {
    case 'place':
      return 'place';
    case 'address':
      return `address ${result.address.lng} ${result.address.lat} ${result.address.name}`;
    case 'city':
      return `city ${result.city.key}`;
    case 'area':
      return `area ${result.area.id}`;
    case 'vendor':
      return `vendor ${result.vendor.platform} ${result.vendor.code}`;
  }
}
