// What is shown, in plain words, always in sight; a screen reader hears each change of it.

import { isShown } from '@styles/vendorFilter';
import { useMemo } from 'react';
import { shownFilter } from '../activeFilter';
import { summaryOf } from '../summary';
import { useModel, useUrl, useWords } from './context';

export function Summary() {
  const url = useUrl();
  const model = useModel();
  const words = useWords();
  const { vendorTable } = model;
  const vendorFilter = useMemo(() => shownFilter(url.vendorFilter, vendorTable), [url.vendorFilter, vendorTable]);
  const counts = useMemo(() => {
    if (!vendorTable) return null;
    const shown = vendorTable.vendors.filter((vendor) => isShown(vendorFilter, vendor));
    return { shown: shown.length, all: vendorTable.vendors.length };
  }, [vendorTable, vendorFilter]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <div className="summary" role="status" aria-label={words.text.summary} tabIndex={0}>
      {summaryOf({ ...url, vendorFilter }, model, counts, words).map(([about, sentence]) => (
        <p key={about} data-about={about}>
          {sentence}
        </p>
      ))}
    </div>
  );
}
