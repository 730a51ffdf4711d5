// Starts the map first; the controls follow while the first tiles are on their way.

import 'maplibre-gl/dist/maplibre-gl.css';
import './page.css';
import { startApp } from './app';
import { openUrlState } from './urlState';

declare global {
  interface Window {
    /** For tests and for the curious: set once, never read by the page. */
    foodmap?: { map: import('maplibre-gl').Map };
  }
}

const url = openUrlState();

function dressDocument(): void {
  const { lang, theme } = url.get();
  const root = document.documentElement;
  root.lang = lang;
  root.dir = lang === 'fa' ? 'rtl' : 'ltr';
  root.dataset.theme = theme;
}

dressDocument();
url.subscribe(dressDocument);

const mapElement = document.getElementById('map');
const uiElement = document.getElementById('ui');
if (!mapElement || !uiElement) throw new Error('index.html has no #map or no #ui');

const app = startApp(mapElement, url);
window.foodmap = { map: app.view.map };
void import('./ui/mount').then(({ mount }) => mount(uiElement, app));
