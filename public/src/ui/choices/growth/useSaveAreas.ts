// Saves the table of areas by change as a file.

import { tableAsCsv } from '../../../export/csv';
import { download, type ExportKind } from '../../../export/file';
import { cityOf } from '../../../view/model';
import { useApp, useI18n, useModel, useUrl } from '../../hooks/context';
import type { AreaColumn } from './columns';
import type { AreaChange } from './useAreaChanges';

export function useSaveAreas(
  columns: readonly AreaColumn[],
): (kind: ExportKind, rows: readonly AreaChange[]) => Promise<void> {
  const { model } = useApp();
  const { catalog, dataset } = useModel('catalog', 'dataset');
  const state = useUrl('city', 'lang');
  const { text } = useI18n();
  const city = (catalog && cityOf(catalog, state)?.key) ?? '';
  return (kind, areas) =>
    model.attempt('export', async () => {
      const head = columns.map(({ label }) => label);
      const rows = areas.map((area) => columns.map(({ read }) => read(area) ?? ''));
      const { from = '', to = '' } = dataset?.layer ?? {};
      const name = `foodmap-growth-${city}-${from}-${to}.${kind}`;
      if (kind === 'csv') {
        return download({ name, blob: new Blob([tableAsCsv([head, ...rows])], { type: 'text/csv;charset=utf-8' }) });
      }
      const { tableAsWorkbook } = await import('../../../export/workbook');
      download({ name, blob: await tableAsWorkbook(text.growthAreas, [head, ...rows], state.lang === 'fa') });
    });
}
