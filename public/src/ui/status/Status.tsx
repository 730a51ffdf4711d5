// Whether the map is still loading.

import { useSyncExternalStore } from 'react';
import { useApp, useI18n, useStore } from '../hooks/context';

/** Says that what one sees may be old; announced when the network goes. */
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
