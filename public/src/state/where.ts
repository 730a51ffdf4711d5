// Where the map is: a city, and the camera once the reader moved it.

import { put } from './params';

export interface Camera {
  zoom: number;
  lat: number;
  lng: number;
}

export interface WhereState {
  /** Key of a city; `null` means the default one. */
  city: string | null;
  /** `null` until the map was moved: the city's own view. */
  camera: Camera | null;
}

export function parseWhere(params: URLSearchParams): WhereState {
  return { city: params.get('city'), camera: parseCamera(params.get('at')) };
}

export function putWhere(params: URLSearchParams, { city, camera }: WhereState): void {
  put(params, 'city', city);
  put(params, 'at', camera && formatCamera(camera));
}

function parseCamera(text: string | null): Camera | null {
  const [zoom, lat, lng, ...rest] = (text ?? '').split('/').map((part) => (part === '' ? Number.NaN : Number(part)));
  if (zoom === undefined || lat === undefined || lng === undefined || rest.length > 0) return null;
  const isOnMap = zoom >= 0 && zoom <= 24 && Math.abs(lat) <= 85 && Math.abs(lng) <= 180;
  return isOnMap ? { zoom, lat, lng } : null;
}

function formatCamera({ zoom, lat, lng }: Camera): string {
  return `${zoom.toFixed(2)}/${lat.toFixed(5)}/${lng.toFixed(5)}`;
}
