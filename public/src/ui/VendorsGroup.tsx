// Vendors: on or off, which of them, and how many each choice would show.

import {
  EVERY_VENDOR,
  FACETS,
  type Facet,
  FLAGS,
  type Flag,
  isEveryVendor,
  parseCodes,
  type VendorFilter,
} from '@styles/vendorFilter';
import { SINGLE_MINZOOM, VENDOR_SORTS } from '@styles/vendors';
import { useMemo, useState } from 'react';
import {
  Button,
  Checkbox,
  CheckboxGroup,
  Label,
  Slider,
  SliderOutput,
  SliderThumb,
  SliderTrack,
  Text,
  TextArea,
  TextField,
} from 'react-aria-components';
import { lineName, type Text as Words } from '../i18n';
import { cityOf } from '../model';
import { countChoices, type VendorCountsByChoice } from '../vendorTable';
import { useApp, useModel, useUrl, useWords } from './context';
import { Group } from './Group';
import { OverlaySwitch, useIsPublished } from './OverlaySwitch';
import { Segments } from './Segments';

export function VendorsGroup() {
  const { vendorTable } = useModel();
  const { overlays, vendorFilter } = useUrl();
  const { text } = useWords();
  const counts = useMemo(
    () => vendorTable && countChoices(vendorTable.vendors, vendorFilter),
    [vendorTable, vendorFilter],
  );
  const isPublished = useIsPublished('vendors');
  if (!isPublished) return null;
  const isOn = overlays.includes('vendors');
  const shown = isOn ? counts : null;
  return (
    <Group name="vendors" aside={<OverlaySwitch overlay="vendors" />} brief={shown && <Shown counts={shown} />}>
      {!isOn && <p className="hint">{text.vendorsOff}</p>}
      {shown && <Choices counts={shown} />}
    </Group>
  );
}

function Shown({ counts: { shown, all } }: { counts: VendorCountsByChoice }) {
  const { text, format } = useWords();
  return (
    <span role="status" data-shown={shown} data-all={all}>
      {text.vendorsShown(format.number(shown), format.number(all))}
    </span>
  );
}

function Choices({ counts }: { counts: VendorCountsByChoice }) {
  const { url } = useApp();
  const { catalog, vendorTable } = useModel();
  const state = useUrl();
  const { vendorFilter, camera } = state;
  const { text, format } = useWords();
  const known = useMemo(() => new Set(vendorTable?.vendors.map(({ code }) => code)), [vendorTable]);
  const isEvery = isEveryVendor(vendorFilter);
  const zoom = camera?.zoom ?? (catalog && cityOf(catalog, state)?.zoom) ?? SINGLE_MINZOOM;
  const follow = (part: Partial<VendorFilter>): void => url.follow({ vendorFilter: { ...vendorFilter, ...part } });
  const choose = (part: Partial<VendorFilter>): void => url.choose({ vendorFilter: { ...vendorFilter, ...part } });
  return (
    <>
      {counts.shown === 0 && <p className="hint">{text.noVendorLeft}</p>}
      {!isEvery && zoom < SINGLE_MINZOOM && <p className="hint">{text.vendorsFarOut}</p>}
      {FACETS.map((facet) => (
        <FacetChoice
          key={facet}
          facet={facet}
          names={vendorTable?.names[facet]}
          counts={counts.facets[facet]}
          chosen={vendorFilter.only[facet] ?? []}
          onChoose={(values) => choose({ only: { ...vendorFilter.only, [facet]: values } })}
        />
      ))}
      <CodesChoice codes={vendorFilter.codes} known={known} onChoose={(codes) => follow({ codes })} />
      {FLAGS.map((flag) => (
        <FlagChoice
          key={flag}
          flag={flag}
          counts={counts.flags[flag]}
          chosen={vendorFilter.flags[flag]}
          onChoose={(value) => choose({ flags: { ...vendorFilter.flags, [flag]: value } })}
        />
      ))}
      <Slider
        className="slider"
        data-choice="vendor-availability"
        minValue={0}
        maxValue={1}
        step={0.05}
        value={vendorFilter.availability}
        formatOptions={{ style: 'percent' }}
        onChange={(value) => follow({ availability: Number(value) })}
      >
        <Label>{text.leastAvailability}</Label>
        <SliderOutput>{format.percent(vendorFilter.availability)}</SliderOutput>
        <SliderTrack className="track">
          <SliderThumb className="thumb" />
        </SliderTrack>
      </Slider>
      <Button className="quiet reset" isDisabled={isEvery} onPress={() => url.choose({ vendorFilter: EVERY_VENDOR })}>
        {text.everyVendor}
      </Button>
    </>
  );
}

interface CodesProps {
  codes: readonly string[];
  /** Codes that there are. */
  known: ReadonlySet<unknown>;
  onChoose(codes: string[]): void;
}

/** The text stays as it was typed while it means the codes of the address. */
function CodesChoice({ codes, known, onChoose }: CodesProps) {
  const { text } = useWords();
  const [typed, setTyped] = useState('');
  const isCurrent = String(parseCodes(typed)) === String(codes);
  const unknown = codes.filter((code) => !known.has(code));
  return (
    <TextField
      className="field"
      data-choice="vendor-code"
      value={isCurrent ? typed : codes.join(' ')}
      onChange={(next) => {
        setTyped(next);
        onChoose(parseCodes(next));
      }}
    >
      <Label>{text.vendorCodes}</Label>
      <TextArea className="codes" rows={2} dir="ltr" spellCheck={false} />
      <Text slot="description" className="hint">
        {unknown.length > 0 ? text.unknownCodes(unknown.join(' ')) : text.vendorCodesHint}
      </Text>
    </TextField>
  );
}

interface FacetProps {
  facet: Facet;
  names: readonly string[] | undefined;
  counts: ReadonlyMap<string, number>;
  chosen: readonly string[];
  onChoose(values: string[]): void;
}

function FacetChoice({ facet, names, counts, chosen, onChoose }: FacetProps) {
  const { text, format } = useWords();
  const values =
    names?.filter((name) => counts.has(name)) ?? [...counts.keys()].toSorted((a, b) => Number(a) - Number(b));
  return (
    <CheckboxGroup className="field" data-choice={`vendor-${facet}`} value={[...chosen]} onChange={onChoose}>
      <Label>{text.vendorFacets[facet]}</Label>
      <div className="chips">
        {values.map((value) => (
          <Checkbox key={value} value={value} className="chip">
            <bdi>{valueName(text, facet, value, format.number)}</bdi>{' '}
            <small>{format.number(counts.get(value) ?? 0)}</small>
          </Checkbox>
        ))}
      </div>
    </CheckboxGroup>
  );
}

function valueName(text: Words, facet: Facet, value: string, number: (n: number) => string): string {
  switch (facet) {
    case 'platform': {
      const sort = VENDOR_SORTS.find((name) => name === value);
      return sort ? text.vendorSorts[sort] : value;
    }
    case 'line':
      return lineName(text, value);
    case 'grade':
      return value;
    case 'status':
    case 'vendor_status':
      return number(Number(value));
  }
}

interface FlagProps {
  flag: Flag;
  counts: VendorCountsByChoice['flags'][Flag];
  chosen: boolean | undefined;
  onChoose(value: boolean | undefined): void;
}

function FlagChoice({ flag, counts, chosen, onChoose }: FlagProps) {
  const { text, format } = useWords();
  const counted = (name: string, count: number): string => `${name} ${format.number(count)}`;
  return (
    <Segments
      label={text.vendorFlags[flag]}
      name={`vendor-${flag}`}
      options={[
        { id: 'any', name: text.any },
        { id: 'yes', name: counted(text.yes, counts.yes) },
        { id: 'no', name: counted(text.no, counts.no) },
      ]}
      chosen={chosen === undefined ? 'any' : chosen ? 'yes' : 'no'}
      onChoose={(id) => onChoose(id === 'any' ? undefined : id === 'yes')}
    />
  );
}
