// Has the service worker installed, and tells it what the page loaded before the worker was there.

export async function registerServiceWorker(): Promise<void> {
  // Absent on plain http: a browser keeps nothing of what it cannot trust.
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  const wasControlled = navigator.serviceWorker.controller !== null;
  const registration = await navigator.serviceWorker.register('/sw.js');
  // A browser looks for a newer worker when it likes; a new build shall be stored while there is a network.
  // Without one there is none to be had, which is no news.
  if (wasControlled) return void registration.update().catch(() => undefined);
  const { active } = await navigator.serviceWorker.ready;
  active?.postMessage({ seen: performance.getEntriesByType('resource').map(({ name }) => name) });
}
