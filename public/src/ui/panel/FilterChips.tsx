// The filters that act, next to the sentence. Each can be removed.

import { Button } from 'react-aria-components';
import { chipsOf } from '../../view/chips';
import { Cross } from '../controls/icons';
import { useApp, useI18n, useModel, useUrl } from '../hooks/context';

export function FilterChips() {
  const { url } = useApp();
  const state = useUrl();
  const model = useModel('config', 'dataset', 'vendorTable', 'areaList');
  const i18n = useI18n();
  const chips = chipsOf(state, model, i18n);
  if (chips.length === 0) return null;
  return (
    <ul className="filter-chips" aria-label={i18n.text.filters}>
      {chips.map(({ id, label, without }) => (
        <li key={id} data-filter={id}>
          {without === null ? (
            <span className="filter-chip">{label}</span>
          ) : (
            <Button
              className="filter-chip"
              aria-label={i18n.text.removeFilter(label)}
              onPress={() => url.choose(without)}
            >
              <span dir="auto">{label}</span>
              <Cross />
            </Button>
          )}
        </li>
      ))}
    </ul>
  );
}
