// The vendor filter. Each option shows the number of vendors that it would show.

import {
  EVERY_VENDOR,
  FACETS,
  type Facet,
  FLAGS,
  type Flag,
  isEveryVendor,
  VENDOR_TYPES,
  type VendorFilter,
  type VendorType,
} from '@styles/vendorFilter';
import { memo, useMemo, useState } from 'react';
import { Button, Label, Text, TextArea, TextField } from 'react-aria-components';
import { type FilterField, usableFields } from '../../vendors/activeFilter';
import { parseCodes } from '../../vendors/codes';
import type { VendorCountsByChoice } from '../../vendors/vendorTable';
import { vendorValueName } from '../../view/summary';
import { LabelledSlider } from '../controls/LabelledSlider';
import { MultiSelect } from '../controls/MultiSelect';
import { SegmentedControl } from '../controls/SegmentedControl';
import { Select } from '../controls/Select';
import { useApp, useI18n, useModel, useUrl } from '../hooks/context';

/** A selected option is shown at once, and the counts are updated later. Memoized components skip the renders in between. */
export function VendorFilterChoices({ counts }: { counts: VendorCountsByChoice }) {
  const { url } = useApp();
  const { vendorTable } = useModel('vendorTable');
  const { vendorFilter } = useUrl('vendorFilter');
  const { text } = useI18n();
  const { type } = vendorFilter;
  const known = useMemo(() => new Set(vendorTable?.vendors.map(({ code }) => code)), [vendorTable]);
  const parts = useMemo(() => usableFields(vendorTable?.vendors ?? [], { type }), [vendorTable, type]);
  const isEvery = isEveryVendor(vendorFilter);
  return (
    <>
      {counts.shown === 0 && <p className="hint">{text.noVendorLeft}</p>}
      <TypeChoice counts={counts.types} chosen={type} />
      {FACETS.filter((facet) => parts.has(facet)).map((facet) => (
        <FacetChoice
          key={facet}
          facet={facet}
          names={vendorTable?.names[facet]}
          counts={counts.facets[facet]}
          chosen={vendorFilter.only[facet] ?? NONE}
        />
      ))}
      <CodesChoice codes={vendorFilter.codes} known={known} />
      {FLAGS.filter((flag) => parts.has(flag)).map((flag) => (
        <FlagChoice
          key={flag}
          flag={flag}
          yes={counts.flags[flag].yes}
          no={counts.flags[flag].no}
          chosen={vendorFilter.flags[flag]}
        />
      ))}
      {parts.has('availability') && <AvailabilityChoice availability={vendorFilter.availability} />}
      <HiddenFields parts={parts} />
      <Button
        className="quiet reset"
        data-reset="vendors"
        isDisabled={isEvery}
        onPress={() => url.choose({ vendorFilter: EVERY_VENDOR })}
      >
        {text.everyVendor}
      </Button>
    </>
  );
}

const NONE: readonly string[] = [];

/** Changes parts of the current filter. */
/** `slider` names a control that changes continuously, such as a slider or a text. */
function useChange(slider?: string): (change: (filter: VendorFilter) => Partial<VendorFilter>) => void {
  const { url } = useApp();
  return (change) => {
    const { vendorFilter } = url.get();
    const patch = { vendorFilter: { ...vendorFilter, ...change(vendorFilter) } };
    if (slider === undefined) url.choose(patch);
    else url.slide(slider, patch);
  };
}

interface TypeProps {
  counts: VendorCountsByChoice['types'];
  chosen: VendorType;
}

const TypeChoice = memo(function TypeChoice({ counts, chosen }: TypeProps) {
  const { text, format } = useI18n();
  const choose = useChange();
  return (
    <Select
      label={text.vendorType}
      name="vendor-type"
      options={VENDOR_TYPES.map((id) => ({
        id,
        name: text.counted(text.vendorTypes[id], format.number(counts[id])),
      }))}
      chosen={chosen}
      onChoose={(type) => choose(() => ({ type: type as VendorType }))}
    />
  );
});

const AVAILABILITIES = { min: 0, max: 1, step: 0.05 } as const;

const AvailabilityChoice = memo(function AvailabilityChoice({ availability }: { availability: number }) {
  const { text, format } = useI18n();
  const slide = useChange('availability');
  return (
    <LabelledSlider
      label={text.minAvailability}
      name="vendor-availability"
      range={AVAILABILITIES}
      value={availability}
      shown={format.percent(availability)}
      onChange={(next) => slide(() => ({ availability: next }))}
    />
  );
});

/** Names the filters that are hidden because no value is known for these vendors. */
function HiddenFields({ parts }: { parts: ReadonlySet<FilterField> }) {
  const { text, format } = useI18n();
  const hidden = [
    ...FACETS.filter((facet) => !parts.has(facet)).map((facet) => text.vendorFacets[facet]),
    ...FLAGS.filter((flag) => !parts.has(flag)).map((flag) => text.vendorFlags[flag]),
    ...(parts.has('availability') ? [] : [text.minAvailability]),
  ];
  return hidden.length > 0 && <p className="hint">{text.hiddenFilters(format.list(hidden))}</p>;
}

interface CodesProps {
  codes: readonly string[];
  /** The codes of all vendors of the city. */
  known: ReadonlySet<unknown>;
}

/** Keeps the text as typed as long as it parses to the codes in the URL. */
const CodesChoice = memo(function CodesChoice({ codes, known }: CodesProps) {
  const { text, format } = useI18n();
  const slide = useChange('codes');
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
        slide(() => ({ codes: parseCodes(next) }));
      }}
    >
      <Label>{text.vendorCodes}</Label>
      <TextArea className="codes" rows={2} dir="ltr" spellCheck={false} />
      <Text slot="description" className="hint">
        {unknown.length > 0 ? text.unknownCodes(format.list(unknown)) : text.vendorCodesHint}
      </Text>
    </TextField>
  );
});

interface FacetProps {
  facet: Facet;
  names: readonly string[] | undefined;
  counts: ReadonlyMap<string, number>;
  chosen: readonly string[];
}

const FacetChoice = memo(function FacetChoice({ facet, names, counts, chosen }: FacetProps) {
  const i18n = useI18n();
  const choose = useChange();
  const values =
    names?.filter((name) => counts.has(name)) ?? [...counts.keys()].toSorted((a, b) => Number(a) - Number(b));
  return (
    <MultiSelect
      label={i18n.text.vendorFacets[facet]}
      name={`vendor-${facet}`}
      options={values.map((value) => ({
        id: value,
        name: vendorValueName(facet, value, i18n),
        count: counts.get(value) ?? 0,
      }))}
      chosen={chosen}
      onChoose={(next) => choose(({ only }) => ({ only: { ...only, [facet]: next } }))}
    />
  );
});

interface FlagProps {
  flag: Flag;
  /** The number of vendors that each option would show. */
  yes: number;
  no: number;
  chosen: boolean | undefined;
}

const FlagChoice = memo(function FlagChoice({ flag, yes, no, chosen }: FlagProps) {
  const { text, format } = useI18n();
  const choose = useChange();
  const counted = (name: string, count: number): string => `${name} ${format.number(count)}`;
  return (
    <SegmentedControl
      label={text.vendorFlags[flag]}
      name={`vendor-${flag}`}
      options={[
        { id: 'any', name: text.any },
        { id: 'yes', name: counted(text.yes, yes) },
        { id: 'no', name: counted(text.no, no) },
      ]}
      chosen={chosen === undefined ? 'any' : chosen ? 'yes' : 'no'}
      onChoose={(id) =>
        choose(({ flags }) => ({ flags: { ...flags, [flag]: id === 'any' ? undefined : id === 'yes' } }))
      }
    />
  );
});
