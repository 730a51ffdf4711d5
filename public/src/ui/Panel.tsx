// The choices: city, period, kind, business lines, view. A side card on wide screens, a bottom sheet on phones.

import { AUTOMATIC_HEAT, type HeatWeight, type View } from '@styles/density';
import { KINDS, type Kind } from '@styles/measure';
import { THEMES } from '@styles/tokens';
import { useEffect, useRef, useState } from 'react';
import {
  Button,
  Checkbox,
  CheckboxGroup,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Radio,
  RadioGroup,
  Select,
  SelectValue,
  Slider,
  SliderOutput,
  SliderThumb,
  SliderTrack,
} from 'react-aria-components';
import { lineName, type Text } from '../i18n';
import { cityOf } from '../model';
import { chooseLayer, densityLayersOf } from '../published';
import { FACTORS } from '../state';
import { SHEET_QUERY, useApp, useModel, useUrl, useWords } from './context';
import { Chevron, Moon, Sun } from './icons';
import { Legend, LegendStrip } from './Legend';
import { OverlayChoice } from './OverlayChoice';
import { OverlayLegend } from './OverlayLegend';
import { type ChoiceProps, Segments } from './Segments';
import { VendorChoice } from './VendorChoice';

export function Panel() {
  const { view } = useApp();
  const { lang } = useUrl();
  const { text } = useWords();
  const [isOpen, setOpen] = useState(false);
  const panel = useRef<HTMLElement>(null);

  // The map's middle is the middle of what the panel leaves free.
  useEffect(() => {
    const pad = (): void => {
      const box = panel.current?.getBoundingClientRect();
      if (!box) return;
      const isSheet = matchMedia(SHEET_QUERY).matches;
      const none = { left: 0, right: 0, top: 0, bottom: 0 };
      const side = lang === 'fa' ? 'right' : 'left';
      view.setPadding(isSheet ? { ...none, bottom: SHEET_PEEK_PX } : { ...none, [side]: box.width + 24 });
    };
    pad();
    addEventListener('resize', pad);
    return () => removeEventListener('resize', pad);
  }, [view, lang]);

  return (
    <section ref={panel} className="panel" aria-label={text.settings} data-open={isOpen}>
      <Button
        className="grip"
        aria-expanded={isOpen}
        aria-controls="choices"
        aria-label={isOpen ? text.hideSettings : text.showSettings}
        onPress={() => setOpen(!isOpen)}
      >
        <span className="grip-bar" />
      </Button>
      <Header />
      <LegendStrip />
      <div id="choices" className="choices">
        <div className="row">
          <CityChoice />
          <WindowChoice />
        </div>
        <KindChoice />
        <LinesChoice />
        <ViewChoice />
        <HeatChoice />
        <OverlayChoice />
        <VendorChoice />
        <div className="sheet-legend">
          <Legend />
          <OverlayLegend />
        </div>
      </div>
    </section>
  );
}

/** Height of the closed sheet; css/phone.css has the same. */
const SHEET_PEEK_PX = 128;

function Header() {
  const { url } = useApp();
  const { lang, theme } = useUrl();
  const { text } = useWords();
  return (
    <header className="panel-head">
      <h1>
        <img src="/icon.svg" alt="" width="26" height="26" />
        <span>
          {text.title}
          <small>{text.subtitle}</small>
        </span>
      </h1>
      <Button className="quiet" onPress={() => url.choose({ lang: lang === 'fa' ? 'en' : 'fa' })}>
        <span lang={lang === 'fa' ? 'en' : 'fa'}>{text.switchLang}</span>
      </Button>
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

function CityChoice() {
  const { url } = useApp();
  const { catalog } = useModel();
  const state = useUrl();
  const { text } = useWords();
  const cities = catalog?.cities ?? [];
  return (
    <Choice
      label={text.city}
      name="city"
      options={cities.map((city) => ({ id: city.key, name: state.lang === 'fa' ? city.name_fa : city.name_en }))}
      chosen={catalog && (cityOf(catalog, state)?.key ?? null)}
      onChoose={(city) => url.choose({ city, camera: null })}
    />
  );
}

function WindowChoice() {
  const { url } = useApp();
  const { catalog } = useModel();
  const state = useUrl();
  const { text, format } = useWords();
  const layers = catalog ? densityLayersOf(catalog) : [];
  return (
    <Choice
      label={text.window}
      name="window"
      options={layers.map(({ slot }) => ({ id: slot, name: windowName(slot, text, format.number) }))}
      chosen={chooseLayer(layers, state.window)?.slot ?? null}
      onChoose={(window) => url.choose({ window })}
    />
  );
}

function windowName(slot: string, text: Text, number: (n: number) => string): string {
  if (slot === 'all') return text.windowAll;
  if (slot === '1d') return text.windowDay;
  const days = /^(\d+)d$/.exec(slot)?.[1];
  return days === undefined ? slot : text.windowDays(number(Number(days)));
}

function Choice({ label, name, options, chosen, onChoose }: ChoiceProps) {
  return (
    <Select
      className="field"
      data-choice={name}
      isDisabled={options.length === 0}
      value={chosen}
      onChange={(key) => key !== null && onChoose(String(key))}
    >
      <Label>{label}</Label>
      <Button className="select">
        <SelectValue />
        <Chevron />
      </Button>
      <Popover className="popover" offset={4}>
        <ListBox className="listbox" items={options}>
          {(option) => (
            <ListBoxItem id={option.id} className="option">
              {option.name}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </Select>
  );
}

function KindChoice() {
  const { url } = useApp();
  const { kind, theme } = useUrl();
  const { text } = useWords();
  return (
    <RadioGroup
      className="field"
      data-choice="kind"
      value={kind}
      onChange={(value) => url.choose({ kind: value as Kind })}
    >
      <Label>{text.kind}</Label>
      <div className="kinds">
        {KINDS.map((option) => (
          <Radio key={option} value={option} className="kind">
            <Swatch colours={THEMES[theme].ramps[option]} />
            {text.kinds[option]}
          </Radio>
        ))}
      </div>
    </RadioGroup>
  );
}

function Swatch({ colours }: { colours: readonly string[] }) {
  return (
    <span
      className="swatch"
      aria-hidden="true"
      style={{ background: `linear-gradient(to right, ${colours.join(', ')})` }}
    />
  );
}

function LinesChoice() {
  const { url } = useApp();
  const { dataset } = useModel();
  const { lines } = useUrl();
  const { text } = useWords();
  if (!dataset) return <Placeholder label={text.lines} />;
  const chosen = lines.filter((line) => dataset.lines.includes(line));
  return (
    <CheckboxGroup
      className="field"
      data-choice="lines"
      value={chosen}
      onChange={(next) => url.choose({ lines: next })}
    >
      <Label>{text.lines}</Label>
      <div className="chips">
        <Button
          className="chip"
          data-selected={chosen.length === 0 || undefined}
          aria-pressed={chosen.length === 0}
          onPress={() => url.choose({ lines: [] })}
        >
          {text.allLines}
        </Button>
        {dataset.lines.map((line) => (
          <Checkbox key={line} value={line} className="chip">
            {lineName(text, line)}
          </Checkbox>
        ))}
      </div>
    </CheckboxGroup>
  );
}

function Placeholder({ label }: { label: string }) {
  return (
    <div className="field">
      <span className="label">{label}</span>
      <div className="placeholder" />
    </div>
  );
}

function ViewChoice() {
  const { url } = useApp();
  const { view } = useUrl();
  const { text } = useWords();
  return (
    <Segments
      label={text.view}
      name="view"
      options={(['cells', 'heat'] as const).map((id) => ({ id, name: text.views[id] }))}
      chosen={view}
      onChoose={(id) => url.choose({ view: id as View })}
    />
  );
}

function HeatChoice() {
  const { url } = useApp();
  const { view, heat } = useUrl();
  const { text, format } = useWords();
  if (view !== 'heat') return null;
  const isAutomatic = Object.entries(AUTOMATIC_HEAT).every(([key, value]) => heat[key as keyof typeof heat] === value);
  return (
    <fieldset className="heat" aria-label={text.heat}>
      {(['radius', 'strength'] as const).map((factor) => (
        <Slider
          key={factor}
          className="slider"
          data-choice={factor}
          minValue={FACTORS.min}
          maxValue={FACTORS.max}
          step={FACTORS.step}
          value={heat[factor]}
          formatOptions={{ style: 'percent' }}
          onChange={(value) => url.follow({ heat: { ...heat, [factor]: Number(value) } })}
        >
          <Label>{text[factor]}</Label>
          <SliderOutput>{format.percent(heat[factor])}</SliderOutput>
          <SliderTrack className="track">
            <SliderThumb className="thumb" />
          </SliderTrack>
        </Slider>
      ))}
      <Segments
        label={text.weight}
        name="weight"
        options={(['percentile', 'classic'] as const).map((id) => ({ id, name: text.weights[id] }))}
        chosen={heat.weight}
        onChoose={(weight) => url.choose({ heat: { ...heat, weight: weight as HeatWeight } })}
      />
      <Button className="quiet reset" isDisabled={isAutomatic} onPress={() => url.choose({ heat: AUTOMATIC_HEAT })}>
        {text.reset}
      </Button>
    </fieldset>
  );
}
