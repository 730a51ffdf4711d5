// The search box: results open while typing, arrow keys move through them, Enter flies to one.

import { type KeyboardEvent, useId, useState } from 'react';
import { Button } from 'react-aria-components';
import { type SearchResult, search } from '../../view/search';
import { Cross, Magnifier } from '../controls/icons';
import { useApp, useI18n, useModel, useUrl } from '../hooks/context';
import { useShowResult } from '../hooks/useShowResult';
import { nameOf, optionId, SearchResults } from './SearchResults';
import { useAddresses } from './useAddresses';
import { useSearchIndex } from './useSearchIndex';

export function SearchBox() {
  const { url } = useApp();
  const { mark, lang } = useUrl('mark', 'lang');
  const { catalog } = useModel('catalog');
  const { text, format } = useI18n();
  const [typed, setTyped] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const { index, load } = useSearchIndex();
  const show = useShowResult();
  const id = useId();
  const addresses = useAddresses(isOpen ? typed : '');
  const known = isOpen ? search(index === 'failed' ? null : index, typed, catalog?.cities ?? []) : [];
  const results = [...known, ...addresses.map((address) => ({ type: 'address', address }) as const)];
  const choose = (result: SearchResult | undefined): void => {
    if (!result) return;
    setOpen(false);
    setTyped(result.type === 'place' ? typed : nameOf(result, lang));
    show(result);
  };
  const clear = (): void => {
    setTyped('');
    setOpen(false);
    if (mark) url.choose({ mark: null });
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (move !== undefined && results.length > 0) setAt((at + move + results.length) % results.length);
    else if (event.key === 'Enter') choose(results[at]);
    else if (event.key === 'Escape') clear();
    else return;
    event.preventDefault();
    // Otherwise Escape would close a popup of the map too.
    event.stopPropagation();
  };
  const isSearching = isOpen && typed.trim() !== '';
  const emptyMessage = (): string => {
    if (index === 'failed') return text.searchFailed;
    return index ? text.searchNothing(typed.trim()) : text.searchLoading;
  };
  return (
    <search className="finder">
      <Magnifier />
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
        aria-expanded={results.length > 0}
        aria-controls={results.length > 0 ? id : undefined}
        aria-activedescendant={results.length > 0 ? optionId(id, at) : undefined}
        data-shortcut="search"
        value={typed}
        onFocus={load}
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
      {results.length > 0 && <SearchResults id={id} results={results} active={at} onChoose={choose} />}
      <p className={isSearching && results.length === 0 ? 'found card hint' : 'hidden'} role="status">
        {isSearching && (results.length > 0 ? text.searchFound(format.number(results.length)) : emptyMessage())}
      </p>
    </search>
  );
}
