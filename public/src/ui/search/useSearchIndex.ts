// What the search box looks through, loaded when somebody looks.

import { useState } from 'react';
import { cityOf } from '../../view/model';
import type { SearchIndex } from '../../view/search';
import { useModel, useUrl } from '../hooks/context';

/** Loaded at the first look, and anew for another city; what failed is tried again at the next look. */
export function useSearchIndex(): { index: SearchIndex | 'failed' | null; look(): void } {
  const { catalog } = useModel('catalog');
  const { city: chosen } = useUrl('city');
  const [index, setIndex] = useState<SearchIndex | 'failed' | null>(null);
  const city = catalog && cityOf(catalog, { city: chosen });
  const look = (): void => {
    if (!(catalog && city) || (index !== null && index !== 'failed' && index.city === city.key)) return;
    setIndex(null);
    import('../../view/searchIndex')
      .then(({ loadSearchIndex }) => loadSearchIndex(catalog, city))
      .then(setIndex, () => setIndex('failed'));
  };
  return { index: index !== null && index !== 'failed' && index.city !== city?.key ? null : index, look };
}
