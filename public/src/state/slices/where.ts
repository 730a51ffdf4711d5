// The position of the map: the city, the camera once it has been moved, and the marked location.

import { put } from './params';

export interface Camera {
  zoom: number;
  lat: number;
  lng: number;
}

export interface WhereState {
  /** The key of a city; `null` means the default. */
  city: string | null;
  /** `null` until the map is moved: the default view of the city. */
  camera: Camera | null;
  /** The location of the chosen search result. */
  mark: Omit<Camera, 'zoom'> | null;
}

export function parseWhere(params: URLSearchParams): WhereState {
  return { city: params.get('city'), camera: parseCamera(params.get('at')), mark: parseMark(params.get('mark')) };
}

export function putWhere(params: URLSearchParams, { city, camera, mark }: WhereState): void {
  put(params, 'city', city);
  put(params, 'at', camera && formatCamera(camera));
  put(params, 'mark', mark && formatPlace(mark));
}

function parseCamera(text: string | null): Camera | null {
  const [zoom, lat, lng, ...rest] = (text ?? '').split('/').map((part) => (part === '' ? Number.NaN : Number(part)));
  if (zoom === undefined || lat === undefined || lng === undefined || rest.length > 0) return null;
  const isOnMap = zoom >= 0 && zoom <= 24 && Math.abs(lat) <= 85 && Math.abs(lng) <= 180;
  return isOnMap ? { zoom, lat, lng } : null;
}

function formatCamera({ zoom, lat, lng }: Camera): string {
  return `${zoom.toFixed(2)}/${formatPlace({ lat, lng })}`;
}

function parseMark(text: string | null): WhereState['mark'] {
  const camera = text === null ? null : parseCamera(`0/${text}`);
  return camera && { lat: camera.lat, lng: camera.lng };
}

function formatPlace({ lat, lng }: Omit<Camera, 'zoom'>): string {
  return `${lat.toFixed(5)}/${lng.toFixed(5)}`;
}
