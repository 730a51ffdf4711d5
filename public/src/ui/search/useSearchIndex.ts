// Loads the search index on first use.

import { useState } from 'react';
import { cityOf } from '../../view/model';
import type { SearchIndex } from '../../view/search';
import { useModel, useUrl } from '../hooks/context';

/** Loads the index on first focus and for each new city. After a failure the next focus tries again. */
export function useSearchIndex(): { index: SearchIndex | 'failed' | null; load(): void } {
  const { catalog } = useModel('catalog');
  const { city: chosen } = useUrl('city');
  const [index, setIndex] = useState<SearchIndex | 'failed' | null>(null);
  const city = catalog && cityOf(catalog, { city: chosen });
  const load = (): void => {
    if (!(catalog && city) || (index !== null && index !== 'failed' && index.city === city.key)) return;
    setIndex(null);
    import('../../view/searchIndex')
      .then(({ loadSearchIndex }) => loadSearchIndex(catalog, city))
      .then(setIndex, () => setIndex('failed'));
  };
  return { index: index !== null && index !== 'failed' && index.city !== city?.key ? null : index, load };
}
