// Shows a search result: flies to it and opens its popup.

import type { Area } from '../../areas/areaList';
import { withOverlay } from '../../state/slices/overlays';
import type { Vendor } from '../../vendors/vendorTable';
import type { Place } from '../../view/places';
import type { SearchResult } from '../../view/search';
import { useApp, useUrl } from './context';

/** A single location is shown at street level. */
const PLACE_ZOOM = 15.5;

/** Flies to an area, then opens its popup. */
export function useShowArea(): (area: Area) => Promise<void> {
  const { view, model } = useApp();
  return async ({ id, kind, name, population, densityKm2, place, bounds }) => {
    await view.flyTo(bounds);
    const people = {
      ...(population !== null && { population }),
      ...(densityKm2 !== null && { density_km2: densityKm2 }),
    };
    model.pickFeature({ overlay: 'areas', at: [...place], attributes: { id, kind, name, ...people } });
  };
}

/** Switches on the overlay of an area or a vendor, and marks a single location. */
export function useShowResult(): (result: SearchResult) => void {
  const { url, view, model } = useApp();
  const { overlays, areaKinds } = useUrl('overlays', 'areaKinds');
  const showArea = useShowArea();
  const mark = (place: Place): void => view.moveTo({ ...place, zoom: PLACE_ZOOM }, true);
  const showVendor = ({ lng, lat, ...attributes }: Vendor): void => {
    url.choose({ mark: { lng, lat }, overlays: withOverlay(overlays, 'vendors', true) });
    mark({ lng, lat });
    model.pickFeature({ overlay: 'vendors', at: [lng, lat], attributes });
  };
  return (result) => {
    switch (result.type) {
      case 'place':
        url.choose({ mark: result.place });
        return mark(result.place);
      case 'address': {
        const { lng, lat } = result.address;
        url.choose({ mark: { lng, lat } });
        return mark({ lng, lat });
      }
      case 'city':
        return url.choose({ city: result.city.key, camera: null, mark: null });
      case 'vendor':
        return showVendor(result.vendor);
      case 'area': {
        const { kind } = result.area;
        url.choose({
          mark: null,
          overlays: withOverlay(overlays, 'areas', true),
          areaKinds: overlays.includes('areas') ? [...new Set([...areaKinds, kind])] : [kind],
        });
        return void showArea(result.area);
      }
    }
  };
}
