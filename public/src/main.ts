// Starts the page. Data, map engine and controls load in parallel. First the map starts, then the controls appear,
// then the base map is drawn.

import 'maplibre-gl/dist/maplibre-gl.css';
import './ui/css/base.css';
import './ui/panel/Panel.css';
import './ui/panel/FilterChips.css';
import './ui/panel/Group.css';
import './ui/search/SearchBox.css';
import './ui/keyboard/KeyboardSheet.css';
import './ui/choices/VendorFilterChoices.css';
import './ui/lists/VendorList.css';
import './ui/status/Status.css';
import './ui/status/Figures.css';
import './ui/legend/Legend.css';
import './ui/lists/AreaRanking.css';
import './ui/popup/CellPopup.css';
import './ui/map/Compare.css';
import './ui/share/ShareButtons.css';
import './ui/css/phone.css';
import './ui/css/touch.css';
import './ui/css/print.css';
import './ui/questions/Questions.css';
import { prefetchNeighbours } from './app/prefetch';
import { registerServiceWorker } from './offline/register';
import { openUrlState } from './state/urlState';
import { watchTheme } from './theme/theme';
import { openModel } from './view/model';

declare global {
  interface Window {
    /** For tests and for debugging. Set once, never read by the page. */
    foodmap?: {
      map: import('maplibre-gl').Map;
      /** The second map of a comparison; `null` without one. */
      compared(): import('maplibre-gl').Map | null;
    };
  }
}

/** The longest wait for data before the map starts. A map that starts with its data draws once instead of twice. */
const DATA_GRACE_MS = 400;

const url = openUrlState();
const model = openModel(url);
watchTheme(url, model);
start(element('map'), element('ui')).catch(explain);

async function start(mapElement: HTMLElement, uiElement: HTMLElement): Promise<void> {
  // Loads in parallel with the map engine, and renders while the first tiles load.
  const controls = import('./ui/mount');
  const { showSkeleton, startApp } = await import('./app/app');
  await Promise.race([model.firstLoad, after(DATA_GRACE_MS)]);
  showSkeleton(uiElement, url, model);
  const app = startApp(mapElement, url, model);
  app.view.map.once('idle', () => {
    const at = performance.now();
    void import('./app/beacon').then(({ startBeacon }) => startBeacon(url, model, at)).catch(console.warn);
  });
  window.foodmap = { map: app.view.map, compared: app.view.compared };
  await (await controls).mount(uiElement, app);
  // Drawing names and borders blocks the main thread, so they come after the controls.
  app.showBasemap();
  prefetchNeighbours(app);
  void import('./app/print').then(({ watchPrint }) => watchPrint(app.view.map));
  registerServiceWorker().catch(console.warn);
}

/** Without WebGL 2 there is no map. The page then shows only this message. */
async function explain(error: unknown): Promise<void> {
  const { TEXTS } = await import('./i18n/texts');
  const text = TEXTS[url.get().lang].errors;
  const sentence = document.createElement('p');
  sentence.className = 'no-map';
  sentence.role = 'alert';
  sentence.dir = 'auto';
  sentence.textContent = `${text.map} ${text.requirement}`;
  document.body.replaceChildren(sentence);
  throw error;
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`index.html has no #${id}`);
  return found;
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
