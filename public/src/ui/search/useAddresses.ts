// Addresses for what was typed, from the configured geocoder, after a pause in typing.

import { useEffect, useState } from 'react';
import type { Address } from '../../data/geocoder';
import { cityOf } from '../../view/model';
import { useModel, useUrl } from '../hooks/context';

const PAUSE_MS = 400;
const MIN_LENGTH = 3;
const NONE: readonly Address[] = [];

export function useAddresses(typed: string): readonly Address[] {
  const { config, catalog } = useModel('config', 'catalog');
  const { lang, city: key } = useUrl('lang', 'city');
  const [found, setFound] = useState<{ typed: string; addresses: readonly Address[] }>({ typed: '', addresses: NONE });
  const { geocoder } = config;
  const bounds = catalog ? cityOf(catalog, { city: key })?.bounds : undefined;
  const query = typed.trim();
  useEffect(() => {
    if (!(geocoder && bounds) || query.length < MIN_LENGTH) return;
    let isWanted = true;
    const timer = setTimeout(async () => {
      const { findAddresses } = await import('../../data/geocoder');
      // The other results do not depend on the geocoder, so the search works without it.
      const addresses = await findAddresses(geocoder, query, lang, bounds).catch((error: unknown) => {
        console.info(error);
        return NONE;
      });
      if (isWanted) setFound({ typed: query, addresses });
    }, PAUSE_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [geocoder, bounds, query, lang]);
  return found.typed === query ? found.addresses : NONE;
}
