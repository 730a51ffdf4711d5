// How fresh the map is, and whether it is still loading.

import { useEffect, useState } from 'react';
import { useApp, useModel, useStore, useWords } from './context';

const MINUTE_MS = 60_000;

export function DataChip() {
  const { dataset } = useModel();
  const { text, format } = useWords();
  const now = useNow();
  if (!dataset) return null;
  const { from, to, built_at: builtAt, orders, layer } = dataset.layer;
  return (
    <div className="chip-data card" data-layer={layer}>
      <span>
        {text.data('')}
        <time dateTime={`${from}/${to}`}>{format.days(from, to)}</time>
      </span>
      {orders !== undefined && <span className="total">{text.total(format.number(orders))}</span>}
      <time dateTime={builtAt} title={text.builtAt(format.moment(builtAt))}>
        {text.built(format.ago(builtAt, now))}
      </time>
      {layer === 'density-public' && <span>{text.publicLayer}</span>}
    </div>
  );
}

function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), MINUTE_MS);
    return () => clearInterval(timer);
  }, []);
  return now;
}

export function LoadingBar() {
  const { view } = useApp();
  const { text } = useWords();
  const isLoading = useStore(view.isLoading);
  return (
    <div className="loading" role="status" data-loading={isLoading}>
      {isLoading && <span className="hidden">{text.loading}</span>}
    </div>
  );
}
