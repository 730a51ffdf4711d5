// The search box: a list opens while one types, arrow keys go through it, Enter flies there.

import { type KeyboardEvent, useId, useState } from 'react';
import { Button } from 'react-aria-components';
import { lineName } from '../i18n';
import { cityOf } from '../model';
import { type Found, type SearchIndex, search } from '../search';
import { useApp, useModel, useUrl, useWords } from './context';
import { Cross, Glass } from './icons';
import { useShowFound } from './showFound';

export function SearchBox() {
  const { url } = useApp();
  const { mark } = useUrl();
  const { text, format } = useWords();
  const [typed, setTyped] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const { index, look } = useSearchIndex();
  const show = useShowFound();
  const id = useId();
  const found = isOpen ? search(index === 'failed' ? null : index, typed) : [];
  const choose = (hit: Found | undefined): void => {
    if (!hit) return;
    setOpen(false);
    setTyped(hit.what === 'place' ? typed : nameOf(hit));
    show(hit);
  };
  const clear = (): void => {
    setTyped('');
    setOpen(false);
    if (mark) url.choose({ mark: null });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move !== undefined && found.length > 0) setAt((at + move + found.length) % found.length);
    else if (event.key === 'Enter') choose(found[at]);
    else if (event.key === 'Escape') clear();
    else return;
    event.preventDefault();
    // Escape would close a popup of the map too.
    event.stopPropagation();
  };
  const isSought = isOpen && typed.trim() !== '';
  return (
    <search className="finder">
      <Glass />
      <input
        type="text"
        role="combobox"
        className="finder-input"
        dir="auto"
        spellCheck={false}
        autoComplete="off"
        placeholder={text.search}
        aria-label={text.search}
        aria-description={text.searchHint}
        aria-autocomplete="list"
        aria-expanded={found.length > 0}
        aria-controls={found.length > 0 ? id : undefined}
        aria-activedescendant={found.length > 0 ? `${id}-${at}` : undefined}
        data-shortcut="search"
        value={typed}
        onFocus={look}
        onBlur={() => setOpen(false)}
        onChange={(event) => {
          setTyped(event.target.value);
          setOpen(true);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      {(typed !== '' || mark) && (
        <Button className="quiet icon" aria-label={text.clearMark} onPress={clear}>
          <Cross />
        </Button>
      )}
      {found.length > 0 && (
        // A press must not take the focus from the input before the click is there.
        <div id={id} className="found card" role="listbox" aria-label={text.search} onMouseDown={keepFocus}>
          {found.map((hit, i) => (
            <Option key={keyOf(hit)} id={`${id}-${i}`} hit={hit} isActive={i === at} onChoose={() => choose(hit)} />
          ))}
        </div>
      )}
      <p className={isSought && found.length === 0 ? 'found card hint' : 'hidden'} role="status">
        {isSought && (found.length > 0 ? text.searchFound(format.number(found.length)) : whyNothing())}
      </p>
    </search>
  );

  function whyNothing(): string {
    if (index === 'failed') return text.searchFailed;
    return index ? text.searchNothing(typed.trim()) : text.searchLoading;
  }
}

const keepFocus = (event: { preventDefault(): void }): void => event.preventDefault();

interface OptionProps {
  id: string;
  hit: Found;
  isActive: boolean;
  onChoose(): void;
}

/** The keyboard stays in the input, which says which option is active. */
function Option({ id, hit, isActive, onChoose }: OptionProps) {
  const { text } = useWords();
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the input has the keys
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
  const { text, format } = useWords();
  if (hit.what !== 'place') return nameOf(hit);
  return text.foundPlace(format.degrees(hit.place.lat), format.degrees(hit.place.lng));
}

function nameOf(hit: Exclude<Found, { what: 'place' }>): string {
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

/** Loaded at the first look, and anew for another city; what failed is tried again at the next look. */
function useSearchIndex(): { index: SearchIndex | 'failed' | null; look(): void } {
  const { catalog } = useModel();
  const state = useUrl();
  const [index, setIndex] = useState<SearchIndex | 'failed' | null>(null);
  const city = catalog && cityOf(catalog, state);
  const look = (): void => {
    if (!(catalog && city) || (index !== null && index !== 'failed' && index.city === city.key)) return;
    setIndex(null);
    import('../searchIndex')
      .then(({ loadSearchIndex }) => loadSearchIndex(catalog, city))
      .then(setIndex, () => setIndex('failed'));
  };
  return { index: index !== null && index !== 'failed' && index.city !== city?.key ? null : index, look };
}
