// The group "Where": the city.

import { cityOf } from '../../view/model';
import { Select } from '../controls/Select';
import { useApp, useI18n, useModel, useUrl } from '../hooks/context';
import { Group } from './Group';

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
  const { text } = useI18n();
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
