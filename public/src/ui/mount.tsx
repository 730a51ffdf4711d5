// Puts the controls on the page once the map has started.

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import type { App } from '../app';
import { AppContext } from './context';
import { Page } from './Page';

export function mount(element: HTMLElement, app: App): void {
  createRoot(element).render(
    <StrictMode>
      <AppContext value={app}>
        <Page />
      </AppContext>
    </StrictMode>,
  );
}
