// What is shown, in plain words, always in sight; a screen reader hears each change of it.

import { useDeferredValue } from 'react';
import { type Sentence, summaryOf } from '../summary';
import { useModel, useUrl, useWords } from './context';
import { useShownVendors } from './useShownVendors';

/** The sentences of what is shown; what was chosen last is told once the control and the map show it. */
export function useSummary(): { sentences: Sentence[]; isLate: boolean } {
  const now = useUrl();
  const state = useDeferredValue(now);
  const model = useModel();
  const words = useWords();
  const shown = useShownVendors();
  const counts = shown && { shown: shown.vendors.length, all: shown.all };
  const vendorFilter = shown?.filter ?? state.vendorFilter;
  return { sentences: summaryOf({ ...state, vendorFilter }, model, counts, words), isLate: state !== now };
}

export function Summary() {
  const { text } = useWords();
  const { sentences, isLate } = useSummary();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <div className="summary" role="status" aria-label={text.summary} aria-busy={isLate} tabIndex={0}>
      {sentences.map(([about, sentence]) => (
        <p key={about} data-about={about}>
          {sentence}
        </p>
      ))}
    </div>
  );
}
