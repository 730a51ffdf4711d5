// Fetches a JSON document and validates it.

import * as v from 'valibot';

/** A request that failed. `url` is its URL. */
export class LoadError extends Error {
  constructor(
    readonly url: string,
    reason: string,
    cause?: unknown,
  ) {
    super(`${url}: ${reason}`, { cause });
    this.name = 'LoadError';
  }
}

export async function fetchJson<S extends v.GenericSchema>(
  path: string,
  schema: S,
  cache: RequestCache = 'default',
): Promise<v.InferOutput<S>> {
  let response: Response;
  try {
    // Same mode and credentials as the preload in index.html, so that the browser uses the preloaded response.
    response = await fetch(path, { credentials: 'same-origin', mode: 'cors', cache });
  } catch (cause) {
    throw new LoadError(path, 'no response', cause);
  }
  if (!response.ok) throw new LoadError(path, String(response.status));
  const body: unknown = await response.json().catch((cause: unknown) => {
    throw new LoadError(path, 'not JSON', cause);
  });
  const result = v.safeParse(schema, body);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw new LoadError(path, `${v.getDotPath(issue) ?? 'document'}: ${issue.message}`);
}
