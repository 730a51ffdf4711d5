// The filter of vendors, each choice with the number of vendors that it would show.

import {
  EVERY_VENDOR,
  FACETS,
  type Facet,
  FLAGS,
  type Flag,
  isEveryVendor,
  parseCodes,
  VENDOR_TYPES,
  type VendorFilter,
  type VendorType,
} from '@styles/vendorFilter';
import { useMemo, useState } from 'react';
import { Button, Label, Text, TextArea, TextField } from 'react-aria-components';
import { type FilterPart, meaningfulParts } from '../activeFilter';
import { vendorValueName } from '../summary';
import type { VendorCountsByChoice } from '../vendorTable';
import { Checks } from './Checks';
import { useApp, useModel, useUrl, useWords } from './context';
import { Range } from './Range';
import { Segments } from './Segments';
import { Select } from './Select';

export function VendorFilterChoices({ counts }: { counts: VendorCountsByChoice }) {
  const { url } = useApp();
  const { vendorTable } = useModel();
  const { vendorFilter } = useUrl();
  const { text, format } = useWords();
  const known = useMemo(() => new Set(vendorTable?.vendors.map(({ code }) => code)), [vendorTable]);
  const parts = useMemo(() => meaningfulParts(vendorTable?.vendors ?? [], vendorFilter), [vendorTable, vendorFilter]);
  const isEvery = isEveryVendor(vendorFilter);
  const follow = (part: Partial<VendorFilter>): void => url.follow({ vendorFilter: { ...vendorFilter, ...part } });
  const choose = (part: Partial<VendorFilter>): void => url.choose({ vendorFilter: { ...vendorFilter, ...part } });
  return (
    <>
      {counts.shown === 0 && <p className="hint">{text.noVendorLeft}</p>}
      <Select
        label={text.vendorType}
        name="vendor-type"
        options={VENDOR_TYPES.map((id) => ({
          id,
          name: text.counted(text.vendorTypes[id], format.number(counts.types[id])),
        }))}
        chosen={vendorFilter.type}
        onChoose={(type) => choose({ type: type as VendorType })}
      />
      {FACETS.filter((facet) => parts.has(facet)).map((facet) => (
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
      {FLAGS.filter((flag) => parts.has(flag)).map((flag) => (
        <FlagChoice
          key={flag}
          flag={flag}
          counts={counts.flags[flag]}
          chosen={vendorFilter.flags[flag]}
          onChoose={(value) => choose({ flags: { ...vendorFilter.flags, [flag]: value } })}
        />
      ))}
      {parts.has('availability') && (
        <AvailabilityChoice
          availability={vendorFilter.availability}
          onChoose={(availability) => follow({ availability })}
        />
      )}
      <HiddenParts parts={parts} />
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

const AVAILABILITIES = { min: 0, max: 1, step: 0.05 } as const;

interface AvailabilityProps {
  availability: number;
  onChoose(availability: number): void;
}

function AvailabilityChoice({ availability, onChoose }: AvailabilityProps) {
  const { text, format } = useWords();
  return (
    <Range
      label={text.leastAvailability}
      name="vendor-availability"
      range={AVAILABILITIES}
      value={availability}
      shown={format.percent(availability)}
      onChange={onChoose}
    />
  );
}

/** A filter that means nothing for these vendors is not offered and does not filter; it says so once. */
function HiddenParts({ parts }: { parts: ReadonlySet<FilterPart> }) {
  const { text, format } = useWords();
  const hidden = [
    ...FACETS.filter((facet) => !parts.has(facet)).map((facet) => text.vendorFacets[facet]),
    ...FLAGS.filter((flag) => !parts.has(flag)).map((flag) => text.vendorFlags[flag]),
    ...(parts.has('availability') ? [] : [text.leastAvailability]),
  ];
  return hidden.length > 0 && <p className="hint">{text.hiddenFilters(format.list(hidden))}</p>;
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
  const words = useWords();
  const values =
    names?.filter((name) => counts.has(name)) ?? [...counts.keys()].toSorted((a, b) => Number(a) - Number(b));
  return (
    <Checks
      label={words.text.vendorFacets[facet]}
      name={`vendor-${facet}`}
      options={values.map((value) => ({
        id: value,
        name: vendorValueName(facet, value, words),
        count: counts.get(value) ?? 0,
      }))}
      chosen={chosen}
      onChoose={onChoose}
    />
  );
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
