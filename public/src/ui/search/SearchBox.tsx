// The search box: results open while typing, arrow keys move through them, Enter flies to one.

import { type KeyboardEvent, useId, useState } from 'react';
import { Button } from 'react-aria-components';
import { type Found, search } from '../../view/search';
import { Cross, Glass } from '../controls/icons';
import { useApp, useI18n, useUrl } from '../hooks/context';
import { useShowFound } from '../hooks/useShowFound';
import { FoundList, nameOf, optionId } from './FoundList';
import { useSearchIndex } from './useSearchIndex';

export function SearchBox() {
  const { url } = useApp();
  const { mark } = useUrl('mark');
  const { text, format } = useI18n();
  const [typed, setTyped] = useState('');
  const [isOpen, setOpen] = useState(false);
  const [at, setAt] = useState(0);
  const { index, load } = useSearchIndex();
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
    // Otherwise Escape would close a popup of the map too.
    event.stopPropagation();
  };
  const isSought = isOpen && typed.trim() !== '';
  const whyNothing = (): string => {
    if (index === 'failed') return text.searchFailed;
    return index ? text.searchNothing(typed.trim()) : text.searchLoading;
  };
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
        aria-activedescendant={found.length > 0 ? optionId(id, at) : undefined}
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
      {found.length > 0 && <FoundList id={id} found={found} active={at} onChoose={choose} />}
      <p className={isSought && found.length === 0 ? 'found card hint' : 'hidden'} role="status">
        {isSought && (found.length > 0 ? text.searchFound(format.number(found.length)) : whyNothing())}
      </p>
    </search>
  );
}
