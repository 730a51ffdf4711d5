// The loading bar and the offline notice.

import { useSyncExternalStore } from 'react';
import { useApp, useI18n, useStore } from '../hooks/context';

/** Warns that the map may be outdated. Announced when the network is lost. */
export function OfflineChip() {
  const { text } = useI18n();
  const isOnline = useSyncExternalStore(onNetworkChange, () => navigator.onLine);
  return <div role="status">{!isOnline && <p className="chip-data card offline">{text.offline}</p>}</div>;
}

function onNetworkChange(listener: () => void): () => void {
  const kinds = ['online', 'offline'] as const;
  for (const kind of kinds) addEventListener(kind, listener);
  return () => {
    for (const kind of kinds) removeEventListener(kind, listener);
  };
}

export function LoadingBar() {
  const { view } = useApp();
  const { text } = useI18n();
  const isLoading = useStore(view.isLoading);
  return (
    <div className="loading" role="status" data-loading={isLoading}>
      {isLoading && <span className="hidden">{text.loading}</span>}
    </div>
  );
}
