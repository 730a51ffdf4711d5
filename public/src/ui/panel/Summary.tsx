// The summary of what is shown, always visible. Screen readers announce each change.

import { type Sentence, summaryOf } from '../../view/summary';
import { useI18n, useModel, useUrl } from '../hooks/context';
import { useShownVendors } from '../hooks/useShownVendors';

/** The sentences of the summary. Vendor counts are deferred until the control and the map show the choice. */
export function useSummary(): { sentences: Sentence[]; isLate: boolean } {
  const state = useUrl();
  const model = useModel();
  const i18n = useI18n();
  const shown = useShownVendors();
  const counts = shown && { shown: shown.vendors.length, all: shown.all };
  const vendorFilter = shown?.filter ?? state.vendorFilter;
  const sentences = summaryOf({ ...state, vendorFilter }, model, counts, i18n);
  return { sentences, isLate: shown !== null && shown.chosen !== state.vendorFilter };
}

export function Summary() {
  const { text } = useI18n();
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
