// Adds a picked area to the vendor filter, or removes it.

import { Button } from 'react-aria-components';
import { useI18n } from '../hooks/context';
import { useChosenAreas } from '../hooks/useChosenAreas';

export function AreaChoiceButton({ id }: { id: number }) {
  const { ids, toggle } = useChosenAreas();
  const { text } = useI18n();
  const label = ids.includes(id) ? text.dropArea : ids.length > 0 ? text.addArea : text.onlyArea;
  return (
    <footer className="actions">
      <Button className="quiet reset" data-choice="only-area" onPress={() => toggle(id)}>
        {label}
      </Button>
    </footer>
  );
}
