// The popup of an overlay feature: a vendor, a coverage cell, or an area.

import { AREA_KINDS } from '@styles/areas';
import { lazy, Suspense } from 'react';
import { Button } from 'react-aria-components';
import type { PickedFeature } from '../../view/model';
import { Cross } from '../controls/icons';
import { useApp, useEscape, useI18n, useIsSheet, useModel, useUrl } from '../hooks/context';
import { AreaFacts } from './AreaFacts';
import { CoverageFacts } from './CoverageFacts';
import { Sheet } from './Sheet';
import { SidePanel } from './SidePanel';
import { VendorFacts } from './VendorFacts';

export function FeaturePopup() {
  const { model } = useApp();
  const { pickedFeature: picked } = useModel('pickedFeature');
  const isSheet = useIsSheet();
  if (!picked) return null;
  const content = <Content picked={picked} />;
  return isSheet ? (
    <Sheet at={picked.at} close={() => model.pickFeature(null)}>
      {content}
    </Sheet>
  ) : (
    <SidePanel at={picked.at} isMarked={picked.overlay !== 'areas'}>
      {content}
    </SidePanel>
  );
}

function Content({ picked }: { picked: PickedFeature }) {
  const { model } = useApp();
  const { lang } = useUrl('lang');
  const { text } = useI18n();
  useEscape(() => model.pickFeature(null));
  const { name } = picked.attributes;
  const kind = AREA_KINDS.find((known) => known === picked.attributes.kind);
  const title = typeof name === 'string' && name !== '' ? name : text.overlayNames[picked.overlay];
  return (
    <div
      className="cell"
      role="dialog"
      aria-label={title}
      data-overlay={picked.overlay}
      dir={lang === 'fa' ? 'rtl' : 'ltr'}
    >
      <header>
        <p className="name">
          <bdi>{title}</bdi>
        </p>
        {kind && <p className="muted">{text.areaKindName[kind]}</p>}
        <Button className="quiet icon" aria-label={text.close} onPress={() => model.pickFeature(null)}>
          <Cross />
        </Button>
      </header>
      <FactsOf picked={picked} />
    </div>
  );
}

/** Its list needs the worker, which few popups do. */
const CoveringList = lazy(() => import('./CoveringList'));

function FactsOf({ picked: { overlay, at, attributes } }: { picked: PickedFeature }) {
  switch (overlay) {
    case 'vendors':
      return <VendorFacts attributes={attributes} />;
    case 'coverage':
      return (
        <>
          <CoverageFacts attributes={attributes} />
          <Suspense>
            <CoveringList at={at} />
          </Suspense>
        </>
      );
    case 'areas':
      return <AreaFacts attributes={attributes} />;
    case 'population':
      return null;
  }
}
