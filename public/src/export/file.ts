// Kinds of files that vendors are exported as, and how the browser hands one to its reader.

export const EXPORT_KINDS = ['csv', 'xlsx'] as const;
export type ExportKind = (typeof EXPORT_KINDS)[number];

export interface NamedFile {
  name: string;
  blob: Blob;
}

export function handToReader({ name, blob }: NamedFile): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // The browser has begun to read it by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
