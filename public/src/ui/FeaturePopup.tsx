// What an overlay says of a place: a vendor, a cell of coverage, an area.

import { attribute, type CellAttributes } from '@styles/measure';
import { type ReactNode, useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import { createPortal } from 'react-dom';
import { lineName } from '../i18n';
import type { PickedFeature } from '../model';
import { useApp, useEscape, useIsSheet, useModel, useUrl, useWords } from './context';
import { Cross } from './icons';

export function FeaturePopup() {
  const { view } = useApp();
  const { pickedFeature: picked } = useModel();
  const isSheet = useIsSheet();
  const [holder] = useState(() => document.createElement('div'));
  useEffect(() => {
    if (!picked || isSheet) return;
    return view.showPopup(picked.at, holder);
  }, [view, picked, isSheet, holder]);
  if (!picked) return null;
  const content = <Content picked={picked} />;
  return isSheet ? <div className="cell-sheet">{content}</div> : createPortal(content, holder);
}

function Content({ picked }: { picked: PickedFeature }) {
  const { model } = useApp();
  const { lang } = useUrl();
  const { text } = useWords();
  useEscape(() => model.pickFeature(null));
  const { name } = picked.attributes;
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
        <p className="name" dir="auto">
          {title}
        </p>
        <Button className="quiet icon" aria-label={text.close} onPress={() => model.pickFeature(null)}>
          <Cross />
        </Button>
      </header>
      <Facts picked={picked} />
      {picked.overlay === 'coverage' && <CoverageOfLines attributes={picked.attributes} />}
    </div>
  );
}

function CoverageOfLines({ attributes }: { attributes: CellAttributes }) {
  const { overlays } = useModel();
  const { text, format } = useWords();
  const lines = overlays.find((loaded) => loaded.overlay === 'coverage')?.lines ?? [];
  const cell = (name: string): ReactNode => {
    const value = attributes[name];
    return typeof value === 'number' ? (
      <td data-fact={name} data-value={value}>
        {format.number(value)}
      </td>
    ) : (
      <td>–</td>
    );
  };
  return (
    <>
      <div className="lines">
        <table>
          <thead>
            <tr>
              <th scope="col">{text.line}</th>
              <th scope="col">{text.overlayNames.vendors}</th>
              <th scope="col">{text.facts.target}</th>
              <th scope="col">{text.facts.ratio}</th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line, i) => (
              <tr key={line}>
                <th scope="row">{lineName(text, line)}</th>
                {cell(`l${i}`)}
                {cell(`t${i}`)}
                {cell(`r${i}`)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <footer className="muted">{text.coverageHint}</footer>
    </>
  );
}

/** Name for tests, label, shown value, bare value. */
type Fact = readonly [name: string, label: string, shown: string, value: string | number];

function Facts({ picked }: { picked: PickedFeature }) {
  const facts = useFacts(picked);
  return (
    <dl className="totals">
      {facts.map(([name, label, shown, value]) => (
        <div key={name} data-fact={name} data-value={value}>
          <dt>{label}</dt>
          <dd dir="auto">{shown}</dd>
        </div>
      ))}
    </dl>
  );
}

function useFacts({ overlay, attributes }: PickedFeature): Fact[] {
  const { text, format } = useWords();
  const number = (name: string, label: string): Fact[] => {
    const value = attributes[name];
    return typeof value === 'number' ? [[name, label, format.number(value), value]] : [];
  };
  const word = (name: string, label: string, shown: (value: string) => string = (value) => value): Fact[] => {
    const value = attributes[name];
    return typeof value === 'string' ? [[name, label, shown(value), value]] : [];
  };
  switch (overlay) {
    case 'vendors': {
      const radius = attribute(attributes, 'radius_m');
      return [
        ...word('code', text.facts.code),
        ...word('platform', text.facts.platform, (value) => text.platforms[value] ?? value),
        ...word('line', text.line, (value) => lineName(text, value)),
        ...word('grade', text.facts.grade),
        ['radius_m', text.facts.radius, format.length(radius), radius],
        ...number('cluster', text.facts.cluster),
      ];
    }
    case 'coverage': {
      const isMean = 'share' in attributes;
      return number('total', isMean ? text.facts.mean : text.facts.covering);
    }
    case 'areas':
    case 'population':
      return [...number('population', text.facts.population), ...number('density_km2', text.facts.density)];
  }
}
