// The position of the user, asked of the browser on request. It stays on the device.

import type { City } from '@styles/base';

export interface UserPlace {
  lng: number;
  lat: number;
}

const TIMEOUT_MS = 15_000;

export const canLocate = (): boolean => 'geolocation' in navigator && isSecureContext;

/** Rejects with the browser's message, for example because the user refused. */
export function locateUser(): Promise<UserPlace> {
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ lng: coords.longitude, lat: coords.latitude }),
      ({ message }) => reject(new Error(message)),
      { enableHighAccuracy: true, timeout: TIMEOUT_MS },
    );
  });
}

/** The city in whose box the place is; `null` if the map shows nothing there. */
export function cityAt({ lng, lat }: UserPlace, cities: readonly City[]): City | null {
  const contains = ({ bounds: [west, south, east, north] }: City): boolean =>
    lng >= west && lng <= east && lat >= south && lat <= north;
  return cities.find(contains) ?? null;
}
