// Where: the city.

import { cityOf } from '../model';
import { useApp, useModel, useUrl, useWords } from './context';
import { Group } from './Group';
import { Select } from './Select';

export function WhereGroup() {
  return (
    <Group name="where">
      <CityChoice />
    </Group>
  );
}

function CityChoice() {
  const { url } = useApp();
  const { catalog } = useModel('catalog');
  const state = useUrl('city', 'lang');
  const { text } = useWords();
  const cities = catalog?.cities ?? [];
  return (
    <Select
      label={text.city}
      name="city"
      options={cities.map((city) => ({ id: city.key, name: state.lang === 'fa' ? city.name_fa : city.name_en }))}
      chosen={catalog && (cityOf(catalog, state)?.key ?? null)}
      onChoose={(city) => url.choose({ city, camera: null })}
    />
  );
}
