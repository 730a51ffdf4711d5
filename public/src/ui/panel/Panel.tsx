// The panel: its header and the groups of choices. A side card on wide screens, a bottom sheet on phones.

import { type RefObject, useEffect, useRef, useState } from 'react';
import { Button } from 'react-aria-components';
import { Moon, Sun } from '../controls/icons';
import { SHEET_QUERY, useApp, useI18n, useModel, useUrl } from '../hooks/context';
import { isLeftLow, useDrag } from '../hooks/useDrag';
import { KeyboardHelp } from '../keyboard/KeyboardHelp';
import { AreaStrip } from '../legend/AreaLegend';
import { LegendStrips, Legends } from '../legend/Legend';
import { OverlayLegend } from '../legend/OverlayLegend';
import { OverlayStrip } from '../legend/OverlayStrip';
import { SearchBox } from '../search/SearchBox';
import { ViewTools } from '../share/ViewTools';
import { AppearanceGroup } from './AppearanceGroup';
import { AreasGroup } from './AreasGroup';
import { CompareGroup } from './CompareGroup';
import { CoverageGroup } from './CoverageGroup';
import { FilterChips } from './FilterChips';
import { Summary } from './Summary';
import { VendorsGroup } from './VendorsGroup';
import { WhatGroup } from './WhatGroup';
import { WhenGroup } from './WhenGroup';
import { WhereGroup } from './WhereGroup';

export function Panel() {
  const { view } = useApp();
  const { lang, compare } = useUrl('lang', 'compare');
  const { text } = useI18n();
  const isCompared = compare !== null;
  const [isOpen, setOpen] = useState(false);
  const panel = useRef<HTMLElement>(null);
  const wasDragged = useSheetDrag(panel, setOpen);

  // The map is centred in the area next to the panel. A second legend makes that area smaller.
  // biome-ignore lint/correctness/useExhaustiveDependencies: a comparison makes the closed sheet taller
  useEffect(() => {
    const pad = (): void => {
      const box = panel.current?.getBoundingClientRect();
      if (!box) return;
      const isSheet = matchMedia(SHEET_QUERY).matches;
      const none = { left: 0, right: 0, top: 0, bottom: 0 };
      const side = lang === 'fa' ? 'right' : 'left';
      view.setPadding(isSheet ? { ...none, bottom: sheetPeekPx() } : { ...none, [side]: box.width + 24 });
    };
    pad();
    addEventListener('resize', pad);
    return () => removeEventListener('resize', pad);
  }, [view, lang, isCompared]);

  return (
    <section ref={panel} className="panel" aria-label={text.settings} data-open={isOpen}>
      <Button
        className="grip"
        aria-expanded={isOpen}
        aria-controls="choices"
        aria-label={isOpen ? text.hideSettings : text.showSettings}
        // The end of a drag is not a tap.
        onPress={({ pointerType }) => (pointerType === 'keyboard' || !wasDragged.current) && setOpen(!isOpen)}
      >
        <span className="grip-bar" />
      </Button>
      <Header />
      <SearchBox />
      <Summary />
      <div className="acting">
        <FilterChips />
        <ViewTools />
      </div>
      <LegendStrips />
      <AreaStrip />
      <OverlayStrip />
      <div id="choices" className="choices">
        <WhatGroup />
        <WhereGroup />
        <WhenGroup />
        <CompareGroup />
        <VendorsGroup />
        <CoverageGroup />
        <AreasGroup />
        <AppearanceGroup />
        <div className="sheet-legend">
          <Legends />
          <OverlayLegend />
        </div>
      </div>
    </section>
  );
}

/** The sheet follows the finger, then opens or closes. Says whether the last touch was a drag. */
function useSheetDrag(panel: RefObject<HTMLElement | null>, setOpen: (isOpen: boolean) => void): RefObject<boolean> {
  const wasDragged = useRef(false);
  const startPx = useRef(0);
  const heightAfter = (downPx: number): number =>
    Math.min(Math.max(startPx.current - downPx, sheetPeekPx()), innerHeight * OPEN_SHARE);
  useDrag(panel, {
    startsAt(target) {
      wasDragged.current = false;
      startPx.current = panel.current?.getBoundingClientRect().height ?? 0;
      return matchMedia(SHEET_QUERY).matches && target.closest('.grip, .panel-head') !== null;
    },
    move(downPx) {
      if (!panel.current) return;
      wasDragged.current = true;
      // What the sheet contains is shown while it grows.
      panel.current.dataset.dragged = 'true';
      panel.current.style.blockSize = panel.current.style.maxBlockSize = `${heightAfter(downPx)}px`;
    },
    end(downPx, speed) {
      if (!panel.current) return;
      delete panel.current.dataset.dragged;
      panel.current.style.blockSize = panel.current.style.maxBlockSize = '';
      const middle = (sheetPeekPx() + innerHeight * OPEN_SHARE) / 2;
      setOpen(!isLeftLow(speed, heightAfter(downPx) < middle));
    },
  });
  return wasDragged;
}

/** The height of the open sheet, as a share of the window. phone.css has the same. */
const OPEN_SHARE = 0.76;

/** The height of the closed sheet, defined in CSS. */
function sheetPeekPx(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).getPropertyValue('--peek'));
}

function Header() {
  const { url } = useApp();
  const { lang, theme } = useUrl('lang', 'theme');
  const { config } = useModel('config');
  const { text } = useI18n();
  return (
    <header className="panel-head">
      <h1>
        <img src={config.theme?.logo ?? '/icon.svg'} alt="" width="26" height="26" />
        <span>
          {text.title}
          <small>{text.subtitle}</small>
        </span>
      </h1>
      <Button className="quiet" onPress={() => url.choose({ lang: lang === 'fa' ? 'en' : 'fa' })}>
        <span lang={lang === 'fa' ? 'en' : 'fa'}>{text.switchLang}</span>
      </Button>
      <KeyboardHelp />
      <Button
        className="quiet icon"
        aria-label={text.switchTheme[theme]}
        onPress={() => url.choose({ theme: theme === 'day' ? 'night' : 'day' })}
      >
        {theme === 'day' ? <Moon /> : <Sun />}
      </Button>
    </header>
  );
}
