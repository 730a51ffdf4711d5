// What is shown, in plain words, always in sight; a screen reader hears each change of it.

import { useDeferredValue } from 'react';
import { type Sentence, summaryOf } from '../summary';
import { useModel, useUrl, useWords } from './context';
import { useShownVendors } from './useShownVendors';

/** The sentences of what is shown now. */
export function useSummary(): Sentence[] {
  // What was chosen last is told once the control and the map show it.
  const state = useDeferredValue(useUrl());
  const model = useModel();
  const words = useWords();
  const shown = useShownVendors();
  const counts = shown && { shown: shown.vendors.length, all: shown.all };
  return summaryOf({ ...state, vendorFilter: shown?.filter ?? state.vendorFilter }, model, counts, words);
}

export function Summary() {
  const { text } = useWords();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <div className="summary" role="status" aria-label={text.summary} tabIndex={0}>
      {useSummary().map(([about, sentence]) => (
        <p key={about} data-about={about}>
          {sentence}
        </p>
      ))}
    </div>
  );
}
