// Coordinates as people paste them: decimal degrees, degrees with minutes and seconds, and links of other maps.

import type { Bounds } from '@styles/base';
import { searchKey } from '../lib/names';

export interface Place {
  lng: number;
  lat: number;
}

/**
 * `boxes` are the bounds of the cities. Latitude comes first, unless only the other order lies in one of them, or the
 * directions are written. `null` where the text is not a location.
 */
export function parsePlace(typed: string, boxes: readonly Bounds[] = []): Place | null {
  const link = /^(?:https?:|geo:|www\.|[a-z.]+\/)/i.test(typed.trim()) ? linkedPair(typed.trim()) : null;
  if (link) return placeOf(link, boxes);
  const text = searchKey(typed)
    .replaceAll('٫', '.')
    .replace(/[،;؛]/g, ',')
    .replace(/^[([{]+|[)\]}]+$/g, '')
    .trim();
  const pair = directedPair(text) ?? decimalPair(text);
  return pair && placeOf(pair, boxes);
}

type Pair = readonly [first: number, second: number, isLatFirst: boolean | null];

function placeOf([first, second, isLatFirst]: Pair, boxes: readonly Bounds[]): Place | null {
  const [asTyped, swapped] = [
    { lat: first, lng: second },
    { lat: second, lng: first },
  ];
  if (isLatFirst !== null) return onMap(isLatFirst ? asTyped : swapped);
  const isInCity = ({ lng, lat }: Place): boolean =>
    boxes.some(([west, south, east, north]) => lng >= west && lng <= east && lat >= south && lat <= north);
  return isInCity(swapped) && !isInCity(asTyped) ? swapped : onMap(asTyped);
}

const onMap = (place: Place): Place | null => (Math.abs(place.lat) <= 85 && Math.abs(place.lng) <= 180 ? place : null);

const NUMBER = String.raw`[-+]?\d+(?:\.\d+)?`;
/** In links longitude and latitude have decimals, unlike zooms and ids. */
const EXACT = String.raw`-?\d{1,3}\.\d+`;

/** Links of Google Maps, OpenStreetMap, Neshan, Balad, Waze and others, and `geo:` addresses (RFC 5870). */
const LINKS: readonly RegExp[] = [
  new RegExp(`!3d(${EXACT})!4d(${EXACT})`),
  new RegExp(`[?&]mlat=(${EXACT})&mlon=(${EXACT})`),
  new RegExp(`[?&]lat(?:itude)?=(${EXACT})&(?:lng|lon|longitude)=(${EXACT})`),
  new RegExp(`[?&](?:q|query|ll|daddr|destination|center)=(?:loc:)?(${EXACT})(?:,|%2C)\\s*(${EXACT})`, 'i'),
  new RegExp(`@(${EXACT}),(${EXACT})`),
  new RegExp(`#map=[\\d.]+/(${EXACT})/(${EXACT})`),
  new RegExp(`#(?:.*[&/])?c(${EXACT})-(${EXACT})`),
  new RegExp(`^geo:(${EXACT}),(${EXACT})`, 'i'),
  new RegExp(`/(${EXACT}),\\+?(${EXACT})`),
];

function linkedPair(link: string): Pair | null {
  for (const form of LINKS) {
    const [, lat, lng] = form.exec(link) ?? [];
    if (lat !== undefined && lng !== undefined) return [Number(lat), Number(lng), true];
  }
  return null;
}

/** `35.7, 51.4`, `35.7 51.4`, `35/7 51/4` and `35,7 51,4`, each with or without degree signs. */
function decimalPair(text: string): Pair | null {
  const plain = text.replaceAll('°', '');
  const [, first, second] = new RegExp(`^(${NUMBER})(?: ?, ?| )(${NUMBER})$`).exec(plain) ?? [];
  if (first !== undefined && second !== undefined) return [Number(first), Number(second), null];
  // A slash is the decimal sign of handwritten Persian; a comma that of many other languages.
  const [, a, b, c, d] = /^([-+]?\d{1,3})[/,](\d+)(?: ?[,;] ?| )([-+]?\d{1,3})[/,](\d+)$/.exec(plain) ?? [];
  return a === undefined ? null : [Number(`${a}.${b}`), Number(`${c}.${d}`), null];
}

const DIRECTION = '([nsew]|شمالی|جنوبی|شرقی|غربی)';
const DEGREES = String.raw`(\d+(?:\.\d+)?)\s*°?\s*(?:(\d+(?:\.\d+)?)\s*['′’]\s*)?(?:(\d+(?:\.\d+)?)\s*(?:["″”]|''|′′)\s*)?`;

/** `35.7° N, 51.4° E`, `N 35.7 E 51.4`, `35°43'19"N 51°20'05"E`, and degrees with minutes but without directions. */
function directedPair(text: string): Pair | null {
  const after = new RegExp(`^${DEGREES}${DIRECTION}[\\s,]*${DEGREES}${DIRECTION}$`).exec(text);
  if (after) return directed(after.slice(1, 4), after[4], after.slice(5, 8), after[8]);
  const before = new RegExp(`^${DIRECTION}\\s*${DEGREES}[\\s,]*${DIRECTION}\\s*${DEGREES}$`).exec(text);
  if (before) return directed(before.slice(2, 5), before[1], before.slice(6, 9), before[5]);
  const bare = new RegExp(`^${DEGREES}[\\s,]+${DEGREES}$`).exec(text);
  return bare?.[2] === undefined ? null : [degreesOf(bare.slice(1, 4)), degreesOf(bare.slice(4, 7)), null];
}

const NORTH_SOUTH = ['n', 's', 'شمالی', 'جنوبی'];
const NEGATIVE = ['s', 'w', 'جنوبی', 'غربی'];

/** One direction is a latitude and the other a longitude. */
function directed(first: string[], from: string | undefined, second: string[], to: string | undefined): Pair | null {
  const isLat = [from, to].map((word) => NORTH_SOUTH.includes(word ?? ''));
  if (isLat[0] === isLat[1]) return null;
  const sign = (word: string | undefined): number => (NEGATIVE.includes(word ?? '') ? -1 : 1);
  return [sign(from) * degreesOf(first), sign(to) * degreesOf(second), isLat[0] === true];
}

function degreesOf([degrees, minutes, seconds]: (string | undefined)[]): number {
  const value = Number(degrees ?? 0) + Number(minutes ?? 0) / 60 + Number(seconds ?? 0) / 3600;
  return Math.round(value * 1e7) / 1e7;
}
