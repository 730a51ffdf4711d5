// Whether the map is still loading.

import { useApp, useStore, useWords } from './context';

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
