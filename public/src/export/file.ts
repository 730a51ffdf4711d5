// The file formats of vendor exports, and the download of a file.

export const EXPORT_KINDS = ['csv', 'xlsx'] as const;
export type ExportKind = (typeof EXPORT_KINDS)[number];

export interface NamedFile {
  name: string;
  blob: Blob;
}

export function download({ name, blob }: NamedFile): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // By then the browser has started to read it.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
