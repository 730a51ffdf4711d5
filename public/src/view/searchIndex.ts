// Loads the areas and vendors of a city for the search.

import type { City } from '@styles/base';
import { fetchAreaList } from '../areas/areaList';
import type { Catalog } from '../data/catalog';
import { fetchOverlay } from '../data/tileJson';
import { fetchVendorTable } from '../vendors/vendorTable';
import { indexOf, type SearchIndex } from './search';

/** The browser caches earlier responses, so only missing data is requested. */
export async function loadSearchIndex(catalog: Catalog, city: City): Promise<SearchIndex> {
  const [tiles, table] = await Promise.all([fetchOverlay(catalog, 'areas'), fetchVendorTable(catalog, city.key)]);
  const list = tiles && (await fetchAreaList(tiles, city));
  return indexOf(city.key, list?.areas ?? [], table?.vendors ?? []);
}
