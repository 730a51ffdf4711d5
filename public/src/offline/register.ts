// Registers the service worker and sends it the URLs that the page loaded before it was active.

export async function registerServiceWorker(): Promise<void> {
  // Service workers are unavailable on plain HTTP.
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const wasControlled = navigator.serviceWorker.controller !== null;
  const registration = await navigator.serviceWorker.register('/sw.js');
  // Browsers decide when to check for an updated worker. This check caches a new build while the network is available;
  // offline it fails, which is expected.
  if (wasControlled) return void registration.update().catch(() => undefined);
  const { active } = await navigator.serviceWorker.ready;
  active?.postMessage({ seen: performance.getEntriesByType('resource').map(({ name }) => name) });
}
