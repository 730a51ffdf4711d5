// Shows a TileJSON or a style with one library, as a page of another team would, and counts what arrives.

const client = new URLSearchParams(location.search).get('client');
const WAIT_MS = 20000;

function script(src) {
  return new Promise((resolve, reject) => {
    const element = Object.assign(document.createElement('script'), { src, onload: resolve, onerror: reject });
    document.head.append(element);
  });
}

/** A new element for each map. */
function container() {
  const element = document.createElement('div');
  element.style.cssText = 'width:400px;height:300px';
  document.getElementById('map').replaceChildren(element);
  return element;
}

const within = (promise) => Promise.race([promise, new Promise((resolve) => setTimeout(resolve, WAIT_MS, 'timeout'))]);

/** The names of the layers. The library itself reads everything else. */
async function layerNames(url) {
  const { vector_layers: layers } = await (await fetch(url)).json();
  return layers.map(({ id }) => id);
}

async function maplibre(version) {
  if (version === 6) return import('/node_modules/maplibre-gl-6/dist/maplibre-gl.mjs');
  await script(`/node_modules/maplibre-gl-${version}/dist/maplibre-gl.js`);
  return window.maplibregl;
}

/** One layer of each type that can draw points, lines and areas. */
function layersOf(names) {
  const types = ['circle', 'line', 'fill'];
  return names.flatMap((name) =>
    types.map((type) => ({ id: `${name}-${type}`, type, source: 'map', 'source-layer': name })),
  );
}

/** What MapLibre gets: the URL of a style, or a style of its own with the URL of a TileJSON. */
async function styleOf({ kind, url }) {
  if (kind === 'style') return url;
  return { version: 8, sources: { map: { type: 'vector', url } }, layers: layersOf(await layerNames(url)) };
}

async function showInMaplibre({ Map: MapOfLibrary }, shown) {
  const errors = [];
  const { center, zoom } = shown;
  const map = new MapOfLibrary({ container: container(), style: await styleOf(shown), center, zoom });
  map.on('error', ({ error }) => errors.push(String(error?.message ?? error)));
  const ended = await within(new Promise((resolve) => map.once('idle', () => resolve('idle'))));
  if (ended === 'timeout') errors.push('the map was not idle in time');
  let features = 0;
  for (const [id, source] of Object.entries(map.getStyle()?.sources ?? {})) {
    if (source.type !== 'vector') continue;
    const names = map
      .getStyle()
      .layers.filter((layer) => layer.source === id)
      .map((layer) => layer['source-layer']);
    for (const sourceLayer of new Set(names)) features += map.querySourceFeatures(id, { sourceLayer }).length;
  }
  map.remove();
  return { features, errors };
}

async function showInDeck({ Deck, MVTLayer, MVTLoader }, { url, center, zoom }) {
  const errors = [];
  let features = 0;
  const shown = new Promise((resolve) => {
    const layer = new MVTLayer({
      id: url,
      data: url,
      binary: false,
      // Its worker would be loaded from another host.
      loaders: [MVTLoader],
      loadOptions: { worker: false, core: { worker: false } },
      getFillColor: [200, 0, 0],
      getPointRadius: 50,
      onTileLoad: ({ content }) => (features += content?.length ?? 0),
      onTileError: (error) => errors.push(String(error)),
      onViewportLoad: (tiles) => tiles.length > 0 && resolve(deck),
    });
    const deck = new Deck({
      parent: container(),
      width: 400,
      height: 300,
      initialViewState: { longitude: center[0], latitude: center[1], zoom },
      layers: [layer],
      onError: (error) => errors.push(String(error)),
    });
  });
  const deck = await within(shown);
  if (deck === 'timeout') errors.push('the tiles were not loaded in time');
  else deck.finalize();
  return { features, errors };
}

if (client === 'deck') {
  const library = await import('/deck.mjs');
  window.show = (map) => showInDeck(library, map);
} else {
  const library = await maplibre(Number(client.split('-')[1]));
  window.show = (map) => showInMaplibre(library, map);
}
window.loaded = true;
