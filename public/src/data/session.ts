// Who the user is on a server with a login, and what it may keep of internal layers.

import * as v from 'valibot';
import { fetchJson } from './fetchJson';

export const SESSION_URL = '/v1/session';

const sessionSchema = v.object({
  /** The name of the person who is logged in; `null` without a login. */
  person: v.nullable(v.string()),
  roles: v.array(v.string()),
  /** Whether the server shows this user any internal layer. */
  sees_internal: v.boolean(),
  /** Where people log out. */
  sign_out: v.nullable(v.string()),
  /** Whom to ask for access: an e-mail address or a URL. */
  contact: v.nullable(v.string()),
  /** How long internal responses may be kept. */
  internal_max_age_seconds: v.number(),
  /** Whether the server counts what pages report of themselves. */
  beacon: v.boolean(),
});

export type Session = v.InferOutput<typeof sessionSchema>;

let fetched: Promise<Session> | null = null;

/** The session as it was when the page started. */
export function fetchSession(): Promise<Session> {
  fetched ??= fetchJson(SESSION_URL, sessionSchema, 'no-store');
  return fetched;
}
