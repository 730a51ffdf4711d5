// A printed page has a picture of the map, because a browser prints an empty canvas.

import type { Map as MapLibreMap } from 'maplibre-gl';

export function watchPrint(map: MapLibreMap): void {
  let picture: HTMLImageElement | null = null;
  addEventListener('beforeprint', () => {
    // The canvas has its pixels only until the browser shows the frame.
    map.redraw();
    picture?.remove();
    picture = document.createElement('img');
    Object.assign(picture, { className: 'print-map', alt: '', src: map.getCanvas().toDataURL() });
    map.getContainer().append(picture);
  });
  addEventListener('afterprint', () => {
    picture?.remove();
    picture = null;
  });
}
